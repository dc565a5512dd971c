// SPDX-License-Identifier: Apache-2.0
#include "slapd.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>
#include <thread>

#include "base/unique_fd.h"

extern "C" {
int __real_getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** result);
// DNS of a domain that exists here alone. (libldap makes this machine's own name of "localhost".)
int __wrap_getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** result);
int __wrap_getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** result) {
  const bool ours = node != nullptr && std::string_view(node).ends_with(".corp.example");
  return __real_getaddrinfo(ours ? "127.0.0.1" : node, service, hints, result);
}
}

namespace taglogin::tests {
namespace {

// openssh-lpk, as everybody has it.
constexpr char kKeySchema[] = R"(
attributetype ( 1.3.6.1.4.1.24552.500.1.1.1.13 NAME 'sshPublicKey' EQUALITY octetStringMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )
attributetype ( 2.16.840.1.113730.3.1.610 NAME 'nsAccountLock' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.24552.500.1.1.2.0 NAME 'ldapPublicKey' SUP top AUXILIARY
  MAY ( sshPublicKey $ uid $ nsAccountLock ) )
)";

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Debian's nis.schema with posixGroup as the draft for RFC 2307's successor has it.
std::string BisSchema() {
  std::string text = ReadText("/etc/ldap/schema/nis.schema");
  const std::size_t group = text.find("NAME 'posixGroup'");
  const std::size_t kind = text.find("STRUCTURAL", group);
  const std::size_t must = text.find("MUST ( cn $ gidNumber )", group);
  if (group == std::string::npos || kind == std::string::npos || must == std::string::npos) {
    ADD_FAILURE() << "nis.schema is not as expected";
    return {};
  }
  text.replace(must, 23, "MUST gidNumber");
  return text.replace(kind, 10, "AUXILIARY");
}

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int FreePort() {
  const base::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    ADD_FAILURE() << "no port";
  }
  return ntohs(address.sin_port);
}

bool Accepts(int port) {
  const base::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = Loopback(port);
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

// Runs a shell command with `input`; its exit status.
int RunWith(const std::string& command, const std::string& input) {
  FILE* pipe = ::popen(command.c_str(), "w");
  if (pipe == nullptr) return -1;
  (void)std::fwrite(input.data(), 1, input.size(), pipe);
  return ::pclose(pipe);
}

}  // namespace

Slapd::Slapd(const SlapdForm& form, const std::string& ldif) : authority_(MakeAuthority("Example CA")) {
  port_ = FreePort();
  WriteConfiguration(form);
  folder_.Write("data.ldif",
                "dn: dc=corp,dc=example\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: corp\n\n"
                "dn: ou=people,dc=corp,dc=example\nobjectClass: organizationalUnit\nou: people\n\n"
                "dn: ou=groups,dc=corp,dc=example\nobjectClass: organizationalUnit\nou: groups\n\n" +
                    ldif);
  const std::string load = "/usr/sbin/slapadd -q -f " + folder_.File("slapd.conf") + " -l " +
                           folder_.File("data.ldif") + " >" + folder_.File("slapadd.log") + " 2>&1";
  EXPECT_EQ(std::system(load.c_str()), 0) << ReadText(folder_.File("slapadd.log"));
  Start();
}

Slapd::~Slapd() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Slapd::WriteConfiguration(const SlapdForm& form) {
  CertificateForm server;
  server.extensions = {{"subjectAltName", "DNS:ldap.corp.example"}, {"extendedKeyUsage", "serverAuth"}};
  const Identity identity = MakeIdentity(server, &authority_);
  folder_.Write("ca.pem", ToPem(authority_));
  folder_.Write("server.pem", ToPem(identity) + KeyToPem(identity));
  folder_.Write("keys.schema", kKeySchema);
  folder_.Write("nis.schema", form.bis ? BisSchema() : ReadText("/etc/ldap/schema/nis.schema"));
  EXPECT_EQ(::mkdir(folder_.File("data").c_str(), 0700), 0);
  const std::string at = folder_.path() + '/';
  std::string text;
  for (const char* name : {"core", "cosine"}) text += "include /etc/ldap/schema/" + std::string(name) + ".schema\n";
  text += "include " + at + "nis.schema\ninclude /etc/ldap/schema/inetorgperson.schema\ninclude " + at +
          "keys.schema\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\n";
  for (const std::string& overlay : form.overlays) {
    text += "moduleload " + overlay.substr(0, overlay.find('\n')) + '\n';
  }
  text += "TLSCACertificateFile " + at + "ca.pem\nTLSCertificateFile " + at + "server.pem\nTLSCertificateKeyFile " +
          at + "server.pem\n";
  if (form.client_certificates) text += "TLSVerifyClient try\n";
  text += form.global;
  text += "database mdb\nsuffix \"dc=corp,dc=example\"\nrootdn \"" + std::string(kAdminDn) + "\"\nrootpw \"" +
          kAdminPassword + "\"\ndirectory " + at + "data\nmaxsize 104857600\ndbnosync\n" +
          "index objectClass,cn,uid,uidNumber,gidNumber,memberUid eq\n" + form.access +
          "access to attrs=userPassword by anonymous auth by * none\naccess to * by * read\n";
  for (const std::string& overlay : form.overlays) text += "overlay " + overlay + '\n';
  folder_.Write("slapd.conf", text, 0600);
}

void Slapd::Start() {
  const std::string configuration = folder_.File("slapd.conf");
  const std::string url = Url();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)!std::freopen((folder_.File("slapd.log")).c_str(), "w", stderr);
    ::execl("/usr/sbin/slapd", "slapd", "-f", configuration.c_str(), "-h", url.c_str(), "-d", "none", nullptr);
    ::_exit(127);
  }
  for (int wait = 0; wait < 2000 && !Accepts(port_); ++wait) {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      FAIL() << "slapd does not start: " << ReadText(folder_.File("slapd.log"));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

std::string Slapd::Url() const { return "ldap://127.0.0.1:" + std::to_string(port_) + '/'; }

directory::Connection Slapd::Settings() const {
  directory::Connection connection;
  connection.kind = directory::DirectoryKind::kLdap;
  connection.servers = {kLdapHost};
  connection.port = port_;
  connection.search_base = kSuffix;
  connection.bind = directory::Bind::kAnonymous;
  connection.transport = directory::Transport::kStartTls;
  connection.ca_file = folder_.File("ca.pem");
  connection.key_attributes = {"sshPublicKey"};
  return connection;
}

void Slapd::Change(const std::string& ldif) const {
  const std::string log = folder_.File("change.log");
  const std::string command =
      "ldapmodify -a -x -H " + Url() + " -D " + kAdminDn + " -w '" + kAdminPassword + "' >" + log + " 2>&1";
  ASSERT_EQ(RunWith(command, ldif), 0) << ReadText(log) << ldif;
}

bool Slapd::Binds(const std::string& dn, const std::string& password) const {
  return RunWith("ldapwhoami -x -H " + Url() + " -D " + dn + " -w '" + password + "' >/dev/null 2>&1", "") == 0;
}

std::string PersonDn(const std::string& uid) { return "uid=" + uid + ",ou=people,dc=corp,dc=example"; }

std::string GroupDn(const std::string& cn) { return "cn=" + cn + ",ou=groups,dc=corp,dc=example"; }

std::string PersonLdif(const std::string& uid, int number, const std::string& more) {
  return "dn: " + PersonDn(uid) +
         "\nobjectClass: inetOrgPerson\nobjectClass: posixAccount\nobjectClass: shadowAccount\nobjectClass: "
         "ldapPublicKey\ncn: " +
         uid + "\nsn: x\nuid: " + uid + "\nuidNumber: " + std::to_string(number) +
         "\ngidNumber: 5000\nhomeDirectory: /home/" + uid + "\n" + more + "\n";
}

std::string PosixGroupLdif(const std::string& cn, int number, const std::vector<std::string>& member_uids) {
  std::string text =
      "dn: " + GroupDn(cn) + "\nobjectClass: posixGroup\ncn: " + cn + "\ngidNumber: " + std::to_string(number) + "\n";
  for (const std::string& uid : member_uids) text += "memberUid: " + uid + "\n";
  return text + "\n";
}

std::string GroupOfNamesLdif(const std::string& cn, const std::vector<std::string>& member_dns) {
  std::string text = "dn: " + GroupDn(cn) + "\nobjectClass: groupOfNames\ncn: " + cn + "\n";
  for (const std::string& dn : member_dns) text += "member: " + dn + "\n";
  return text + "\n";
}

}  // namespace taglogin::tests
