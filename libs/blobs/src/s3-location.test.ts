import { ConfigError } from "@throughline/kernel";
import { expect, test } from "vitest";
import { openBlobs } from "./open-blobs.ts";
import { parseS3Url } from "./s3-location.ts";

test("everything can stand in the address", () => {
  expect(parseS3Url("s3://me:a%2Fb%40@store.example:9000/models?tls=false&region=eu-1&prefix=x/y", {})).toEqual({
    host: "store.example",
    port: 9000,
    tls: false,
    region: "eu-1",
    bucket: "models",
    prefix: "x/y/",
    accessKey: "me",
    secretKey: "a/b@",
  });
});

test("keys come from the environment when the address has none", () => {
  const env = { AWS_ACCESS_KEY_ID: "me", AWS_SECRET_ACCESS_KEY: "secret", AWS_SESSION_TOKEN: "token" };
  expect(parseS3Url("s3://store.example/models", env)).toEqual({
    host: "store.example",
    port: 443,
    tls: true,
    region: "us-east-1",
    bucket: "models",
    prefix: "",
    accessKey: "me",
    secretKey: "secret",
    sessionToken: "token",
  });
  expect(parseS3Url("s3://a:b@store.example/models", env)).not.toHaveProperty("sessionToken");
});

test.each([
  ["s3://a:hunter2@host", /is not a bucket/],
  ["s3://a:hunter2@host/B_d", /"B_d" is not a bucket/],
  ["s3://a:hunter2@host/models/deeper", /is not a bucket/],
  ["s3://host/models", /there are no keys/],
  ["s3://a:hunter2@host/models?tls=maybe", /tls="maybe" is neither true nor false/],
  ["s3://a:hunter2@host/models?prefix=../x", /is not a prefix/],
  ["s3://a:hunter2@host/models?colour=red", /"colour" is not an option/],
  ["s3://a:hunter2@host/models#x", /no part after #/],
  ["s3://a:hunter2%@host/models", /percent-encoded/],
  ["s3://a:hunter2@host:99999/models", /not an s3:\/\/ URL/],
  ["http://a:hunter2@host/models", /neither file:\/\/\/ nor s3:\/\//],
  ["nothing", /neither file:\/\/\/ nor s3:\/\//],
  ["file://elsewhere/folder", /names no local folder/],
])("%s is refused with the reason, and shows no secret", async (url, message) => {
  const failure = openBlobs(url, { cacheDir: "/nowhere" });
  await expect(failure).rejects.toThrow(ConfigError);
  await expect(failure).rejects.toThrow(message);
  await expect(failure).rejects.not.toThrow(/hunter2/);
});

test("all problems are told at once", () => {
  expect(() => parseS3Url("s3://host/?tls=x&colour=red", {})).toThrow(/4 problem/);
});
