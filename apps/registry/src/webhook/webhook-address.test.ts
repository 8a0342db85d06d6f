import fc from "fast-check";
import { expect, test } from "vitest";
import { isPublicAddress } from "./public-address.ts";
import { allowedHosts, webhookTarget } from "./webhook-address.ts";

test.each([
  "https://example.com/hook",
  "https://example.com",
  "https://hooks.example.com:8443/a?b=c%20d",
  "https://1.1.1.1/",
  "https://[2606:4700::1111]/x",
])("%s may be a webhook", (address) => {
  expect(webhookTarget(address, [])).toMatchObject({ allowed: false });
});

test.each([
  // Schemes.
  "http://example.com/",
  "ftp://example.com/",
  "file:///etc/passwd",
  "gopher://example.com/",
  "javascript:alert(1)",
  "//example.com/",
  "example.com",
  "https:example.com",
  "https:///example.com",
  "",
  // Users.
  "https://user:pass@example.com/",
  "https://a@b.example.com/",
  "https://@example.com/",
  "https://a\\@b.example.com/",
  "https://example.com\\@127.0.0.1/",
  // Ports.
  "https://example.com:22/",
  "https://example.com:25/",
  "https://example.com:6379/",
  "https://example.com:80/",
  "https://example.com:0/",
  "https://example.com:99999/",
  // Characters.
  "https://example.com/\r\nX-Evil: 1",
  "https://exa\nmple.com/",
  " https://example.com/",
  "https://example.com/a b",
  "https://example.com/\u0000",
  "https://ｅxample.com/",
  "https://example.com/#fragment",
  // This machine, in all spellings.
  "https://127.0.0.1/",
  "https://127.1/",
  "https://2130706433/",
  "https://0x7f.0.0.1/",
  "https://0177.0.0.1/",
  "https://0/",
  "https://0.0.0.0/",
  "https://localhost/",
  "https://LOCALHOST./",
  "https://a.localhost/",
  "https://[::1]/",
  "https://[::]/",
  "https://[::ffff:127.0.0.1]/",
  "https://[::ffff:7f00:1]/",
  "https://[::127.0.0.1]/",
  // Addresses that carry another one.
  "https://[2002:7f00:1::]/",
  "https://[2002:0101:0101::]/",
  "https://[64:ff9b::7f00:1]/",
  "https://[64:ff9b:1::7f00:1]/",
  "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
  // Networks that are private, shared or set aside, and services of clouds.
  "https://10.0.0.1/",
  "https://172.16.0.1/",
  "https://192.168.1.1/",
  "https://100.64.0.1/",
  "https://169.254.169.254/latest/meta-data/",
  "https://100.100.100.200/",
  "https://168.63.129.16/",
  "https://192.0.0.192/",
  "https://198.18.0.1/",
  "https://224.0.0.1/",
  "https://255.255.255.255/",
  "https://[fd00:ec2::254]/",
  "https://[fe80::1]/",
  "https://[ff02::1]/",
  "https://[2001:db8::1]/",
  "https://metadata.google.internal/",
  "https://metadata/",
  "https://printer.local/",
  "https://intranet/",
])("%s is refused", (address) => {
  expect(webhookTarget(address, [])).toHaveProperty("problem");
});

test("the operator allows hosts, with their ports and without encryption", () => {
  const allowed = allowedHosts("hooks.internal:9000, 10.0.0.5,[fd00::5]:8443");
  for (const address of [
    "http://hooks.internal:9000/x",
    "https://10.0.0.5/",
    "http://10.0.0.5:8080/",
    "https://[fd00::5]:8443/",
  ])
    expect(webhookTarget(address, allowed)).toMatchObject({ allowed: true });
  for (const address of [
    "http://hooks.internal:9001/",
    "http://10.0.0.5:22/",
    "http://10.0.0.6/",
    "http://a@10.0.0.5/",
    "https://[fd00::5]/",
  ])
    expect(webhookTarget(address, allowed)).toHaveProperty("problem");
  expect(() => allowedHosts("http://x")).toThrow("http://x is not a host");
});

test("no address of a network that is not public passes, whichever it is", () => {
  const inner = fc.oneof(
    fc.ipV4().map((it) => `10.${it.split(".").slice(1).join(".")}`),
    fc.ipV4().map((it) => `127.${it.split(".").slice(1).join(".")}`),
    fc.ipV4().map((it) => `192.168.${it.split(".").slice(2).join(".")}`),
    fc.ipV4().map((it) => `169.254.${it.split(".").slice(2).join(".")}`),
    fc.ipV4().map((it) => `::ffff:${it}`),
    fc.ipV4().map((it) => `64:ff9b::${it}`),
    fc.integer({ min: 0, max: 0xffff }).map((it) => `fd00::${it.toString(16)}`),
    fc.integer({ min: 0, max: 0xffff }).map((it) => `2002:7f00:1::${it.toString(16)}`),
  );
  fc.assert(fc.property(inner, (address) => !isPublicAddress(address)));
  expect(["8.8.8.8", "2606:4700::1111", "x", ""].map(isPublicAddress)).toEqual([true, true, false, false]);
});
