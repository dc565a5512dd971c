// SPDX-License-Identifier: Apache-2.0
// Throw-away public keys made by ssh-keygen (the sk- ones put together from those), with what
// ssh-keygen -lf says of them.
#pragma once

namespace taglogin::directory {

struct KeyVector {
  const char* type;
  const char* base64;
  const char* fingerprint;
};

inline constexpr KeyVector kEd25519 = {"ssh-ed25519",
                                       "AAAAC3NzaC1lZDI1NTE5AAAAIOb9OA7vusgaDLRonDOIU9zbdBsmdu73VxnqsP+PeYTH",
                                       "SHA256:gsZYW46zYufeXDif/UvY+fUOaI80R1aey6k6SEvMCwA"};
inline constexpr KeyVector kEcdsa256 = {
    "ecdsa-sha2-nistp256",
    "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBC4NPtREStKuWKatovItUOZU8oqFquPWr0AbLwZQgPhY"
    "ShW5upsV+Cbd79dQatrl/jaZy99/xHQsJYZXf4nyago=",
    "SHA256:Vw7NA/5Rg5plBy+HJW22hHr71fbx6FKkbVN3m7PacFM"};
inline constexpr KeyVector kEcdsa384 = {
    "ecdsa-sha2-nistp384",
    "AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBN1H1peAQeBCiOG2T7vgLCcH1Dxu9OiTOiCzxyg0Vl0R"
    "YJBOQrZEt5b3fPqvCjm+944CmBTjWxnX5P0Qb4IqJn1eFlEJkEUIAO86dTpVDXYTiq+QPUbaq/iKsg/KT4RKlQ==",
    "SHA256:+viY68a8BhfWE2Y78avp+P+IFd3Gbu78HkAebwo2gvs"};
inline constexpr KeyVector kEcdsa521 = {
    "ecdsa-sha2-nistp521",
    "AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBABArusLY3pV1HDolLtM5lCLs+UOYnu1Hs1pCwvC2Zby"
    "MMCiZrSoUkHpeWFNNLoSmyroTAw4BIZAqHahXFnmij78MQAUgi1X3UO5e2zggkuTl5MaVerwjzA5cOEvss7Sfcta4ldyR/f6"
    "e4O9HKcx5uQYXyFeafPW2p+/Xf1vnSX3rvaocA==",
    "SHA256:v0w1TCTWsSQ0pykW3wRuxa4hJ1P/llwmlo5uUjVncZw"};
inline constexpr KeyVector kRsa2048 = {
    "ssh-rsa",
    "AAAAB3NzaC1yc2EAAAADAQABAAABAQDZ711n0osCl1Q+q58dSD2+VOwcktoJcafZzdMJFJkpsdmn0SIu9ZL8WOUpmIr8Zocl"
    "3uweD3UF8qyt9xLruw14k5hQtFmcz2UEZiHKOcV650qst/1SPSH+ACE1njBQseo9nhX7xif0GYNCGelm9QeaLtp6mIyDW2qR"
    "xKx+ZBU4W78PxeMsZcwL7zYc9kNPEk+NkKN6KqAu1hAPR/II5kYROL+o+CKwLiZB2QateHvY77nzMHZTSWmT/4C5/Caevx4N"
    "aaY0TSLT0+ecTAEiyaZvy2hQNm2V+zNRQuRDbW7LlUhsrb+kmjnRXLLtV3akQ+amWWAERs1PPYpXisUQUG3j",
    "SHA256:jJ4rjw0B0n3ZMWRqTZxGh2iXeVjS8yXhBxDo0zq+bTs"};
inline constexpr KeyVector kRsa4096 = {
    "ssh-rsa",
    "AAAAB3NzaC1yc2EAAAADAQABAAACAQDOXP9uG8Yee0JPZ8X5duLSLPFDcXyy8bWt+6yMW2D20pDdr/77dM4T7NT6knH22RaQ"
    "/WA/ucFCybXB08m11WotOT8SKf1iORgR+ilyIXm1tVbarNvw4Mh1IoZV4zFPfENerOszFDQhpa1k2JjHkMMdQY0fsoQeZQRY"
    "e/PQylZF4Lsq/b1qR1XqGuknxctVX8KczJkMi5OSwWuZb2hhRBfaFRNd0yosMrKa0bJ9DtN1nXNhfQ0s0EpOTpztqht44UuW"
    "gXo4ZIp20mIrG92esrxq392EnAmkeUBrqALPWS6pkvg8b+iAtEQkYa2Ig71knjrzox9jCH/b0BjWHoh9vpgUHbVIQfGSh4H1"
    "ji4DF1iA1smdG/OcmMYAcO571RndMnjcpeeMXxeLHzrpd9BQy9jEC0lRINbloK17DBiaxxldDbZAbUNP/ksjmrDwkT67PUQN"
    "rztSbKLnQcya6ExL8uxGrfDqQdkkh6N1F0HfL1TMXHBdRr7bFdSzGFCqiTOT6TOsPJ07QoxugqVfxJ/66qanSijN4TEx6q27"
    "zO0ccyjKsVcB4PCilf9t7sYrUgkDNgFuJnnWbhlDsnTbhC0q6pQvpZJQpAZZf1i3Mw/mRdIr3pQnB0qmAnIQhBqZkRoL+W20"
    "SDQOgeyMbQU4KcSvilnouTNvMKXOHg2YFIjD2hcekQ==",
    "SHA256:xvJ0WMZQNhB41KK3jelwXuHeqDcPrxwQ2mXC1PabTOE"};
inline constexpr KeyVector kRsa1024 = {
    "ssh-rsa",
    "AAAAB3NzaC1yc2EAAAADAQABAAAAgQC5yjuXgF5DGJr0o5NcMEjgRx+DHzw8KlCRP/5OlWaxQhlsBUAy8QcxIOxNjewoeDVn"
    "LpF54bsY4vNjQDeLt5yv4r91OOhPY6wLKJ2Qcl4fE5h2xFYLLaQTS2s/cyNN6Q7LflJsgOQM59TkTKYmQ+HysgzG1aVAzATd"
    "OF955ksXgQ==",
    "SHA256:7lW9yt9UGQEnTyAWsflptspYwNN3B6CH0MNy4kU5PSU"};
inline constexpr KeyVector kDsa = {
    "ssh-dss",
    "AAAAB3NzaC1kc3MAAACBAMUEffL8QItYUy1SueV57wB7mfv8HBCLWS3pR3jBnOi5yX3oRPUGDKzyoKEPEoYTStGj1D8o6fW6"
    "EwHiAMCWneadJaWdj6t74zw/AHbLWomw1tNB3L0ulC9MTwkMd2OfgY9Ale+2vfqeYjsZ9pd8qZmkbueg5AFRaRYurXl5JvQr"
    "AAAAFQD2ebV10HDimRmGC6L80r8wRgUPEwAAAIBkmcomxLQhQTKMN9p3zg0dpco17unvgRex6BcrBBbxaVbNUPSmr29D59s9"
    "zijj72LgOusWLA3/Cc6HOM0nIkHNX5erG7HQRz8ZGPzB5/gP4eueah58YOmJe+cj4eupSQYIrP1C1gGzKk3L53dTsxUNvsYP"
    "b1UjwH4XxfGqOsqLqwAAAIAVfCtTWk+Sr6Mlk5mECK1P4MLChYmlGv2eNoq8ZkO1KmWFJqLsmPGRq21hnX4hjFNjSvNz4vuv"
    "+tyQUXCLDLFMrk3scift9lmuA0+qb0bUcsfSv3lS06p4Br4Iv5dV0LhNqT0QyVFMRsybFkLKPFP8I7OhKaQXQg56shHu7ByR"
    "cw==",
    "SHA256:DJ/5GlSCDJp0ZNVIbkIp53YMHJvfYOSd/ioqWshHxvI"};
inline constexpr KeyVector kSkEd25519 = {
    "sk-ssh-ed25519@openssh.com",
    "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIOb9OA7vusgaDLRonDOIU9zbdBsmdu73VxnqsP+PeYTHAAAABHNz"
    "aDo=",
    "SHA256:cHZZlig71yY88BEMnC6t3cMw+FTQSTVQZJqdM0nCIvg"};
inline constexpr KeyVector kSkEcdsa = {
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "AAAAInNrLWVjZHNhLXNoYTItbmlzdHAyNTZAb3BlbnNzaC5jb20AAAAIbmlzdHAyNTYAAABBBC4NPtREStKuWKatovItUOZU"
    "8oqFquPWr0AbLwZQgPhYShW5upsV+Cbd79dQatrl/jaZy99/xHQsJYZXf4nyagoAAAAEc3NoOg==",
    "SHA256:L78XNbElqCR5nZH3ZLvoFoZz81AKgNl7bTdylaHXUn0"};

}  // namespace taglogin::directory
