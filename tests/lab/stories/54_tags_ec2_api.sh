# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: tags from the EC2 API with a signature that botocore finds right; two sources that must agree; a pinned instance
# set: long
ec2_set() { /usr/bin/python3 "$SRC/tests/lab/imds.py" --write "$LAB/ec2.json" ok "$@"; }
ec2_mode() { sed -i "s/\"mode\": \"[a-z]*\"/\"mode\": \"$1\"/" "$LAB/ec2.json"; }
# ec2_config KEY=LINE...: [tags] of the settings.
ec2_config() {
  { sed '/^\[tags\]/,/^$/d' "$SRC/tests/lab/taglogin.toml"
    printf '[tags]\nrefresh_interval = "1s"\nhold = "0s"\nec2_endpoint = "https://ec2.lab.test:8443"\nec2_ca_file = "/run/ec2.pem"\n'
    printf '%s\n' "$@"; } | config_write
  taglogind_restart
}
see_problem() { wait_for 10 host_status_has "$1" || fail "no word of '$1': $(on host1 taglogin status)"; }
# Nodes share the lab's folder; the daemon reads copies of its own.
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout "$LAB/ec2.key" -out "$LAB/ec2.pem" -subj /CN=ec2.lab.test \
  -addext subjectAltName=DNS:ec2.lab.test 2>/dev/null
on host1 install -m 644 "$LAB/ec2.pem" /run/ec2.pem
on host1 sh -c 'grep -q ec2.lab.test /etc/hosts || echo 127.0.0.1 ec2.lab.test >>/etc/hosts'
ec2_set Environment=prod Role=web
node_start host1 ec2 /usr/bin/python3 "$LAB/src/tests/lab/ec2_api.py" "$LAB/ec2.json" "$LAB/ec2.pem" "$LAB/ec2.key" 8443
defer node_stop host1 ec2
wait_for 5 on host1 bash -c ': </dev/tcp/127.0.0.1/8443' || fail "ec2: $(on host1 tail -3 /var/log/ec2.out)"
defer taglogind_restart
defer config_default
defer tags_default

ec2_config 'sources = ["ec2-api"]'
source_is() { [[ $(on host1 taglogin tags) == *" $1 "* ]]; }
wait_for 10 source_is ec2-api || fail "the source: $(on host1 taglogin tags)"
gets_in alice
[ "$(sort -u "$LAB/ec2.json.asked")" = good ] || fail "signatures: $(sort "$LAB/ec2.json.asked" | uniq -c)"

# More than one page.
# shellcheck disable=SC2046
ec2_set Environment=prod Role=web $(printf 'Tag%02d=v ' {1..43})
wait_for 10 tags_show Tag43=v || fail "not all pages: $(on host1 taglogin tags)"
[ "$(sort -u "$LAB/ec2.json.asked")" = good ] || fail "signatures: $(sort "$LAB/ec2.json.asked" | uniq -c)"
ec2_set Environment=prod Role=web

# Each failure is called what it is, and the last good tags stay.
for pair in unauthorized:ec2:DescribeTags expired:'clock is wrong' broken:'is none'; do
  ec2_mode "${pair%%:*}"
  see_problem "${pair#*:}"
  gets_in alice
done
ec2_mode ok
imds_set ok @SecretAccessKey=stolen
see_problem SignatureDoesNotMatch
imds_set ok Environment=prod Role=web
wait_for 10 taglogind_is_healthy
on host1 install -m 644 /etc/ssl/certs/ca-certificates.crt /run/ec2.pem
see_problem ec2.lab.test
on host1 install -m 644 "$LAB/ec2.pem" /run/ec2.pem
wait_for 10 taglogind_is_healthy

# Two sources have to say the same.
ec2_config 'sources = ["imds", "ec2-api"]' 'agree = ["imds", "ec2-api"]'
gets_in alice
imds_set ok Environment=prod Role=db
see_problem 'tag "Role" is "db" by imds and "web" by ec2-api'
kept_out alice TL-DENY-TAGS
kept_out frank TL-DENY-TAGS
imds_set ok Environment=prod Role=web
wait_for 10 taglogind_is_healthy
gets_in alice

# The instance is pinned; root alone can say that it is another one.
ec2_config 'sources = ["imds"]'
imds_set ok Environment=prod Role=web @instanceId=i-0fedcba9876543210
see_problem 'was i-0123456789abcdef0'
kept_out alice TL-DENY-TAGS
# Records say where they were written, not what an impostor calls the machine.
[[ $(audit_last alice) == *i-0123456789abcdef0* ]] || fail "not this machine's record: $(audit_last alice)"
taglogind_restart_unwell() { taglogind_stop; taglogind_spawn; wait_for 20 taglogind_answers; }
taglogind_restart_unwell
see_problem 'was i-0123456789abcdef0'
kept_out alice TL-DENY-TAGS
on host1 taglogin refresh --repin @instance >/dev/null
wait_for 10 taglogind_is_healthy
gets_in alice
imds_set ok Environment=prod Role=web
see_problem 'was i-0fedcba9876543210'
on host1 taglogin refresh --repin @instance >/dev/null

# With a certificate the identity has to be signed, by it.
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout "$LAB/imds.json.signer.key" -out "$LAB/imds.json.signer.pem" \
  -subj /O=Provider 2>/dev/null
chmod 644 "$LAB/imds.json.signer.key"
defer rm -f "$LAB/imds.json.signer.key" "$LAB/imds.json.signer.pem"
on host1 install -m 644 "$LAB/imds.json.signer.pem" /etc/taglogin/identity.pem
ec2_config 'sources = ["imds"]' 'identity_certificate = "/etc/taglogin/identity.pem"'
gets_in alice
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout "$LAB/imds.json.signer.key" -out "$LAB/imds.json.signer.pem" \
  -subj /O=Provider 2>/dev/null
see_problem 'not signed by any'

# On other hardware nothing of what was known counts.
on host1 install -d -m 755 /run/hardware
for uuid in 11111111-2222-3333-4444-555555555555 99999999-2222-3333-4444-555555555555; do
  on host1 sh -c "echo $uuid >/run/hardware/product_uuid"
  taglogind_stop
  taglogind_command
  # shellcheck disable=SC2154  # set by taglogind_command
  node_start host1 taglogind env CREDENTIALS_DIRECTORY=/run/hardware "${taglogind_command[@]}"
  wait_for 20 taglogind_answers
done
host_log_has 'other hardware than before' /var/log/taglogind.out || fail "the copy was not noticed"
kept_out alice TL-DENY-TAGS
