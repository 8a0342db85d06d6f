/**
 * The program that tests end with kill -9: it puts objects without end, and prints one line for each that was acknowledged.
 * Arguments: the address of the store, the cache folder, the bytes of each object.
 */
import { isDomainError } from "@throughline/kernel";
import { openBlobs } from "./open-blobs.ts";
import { contentOf } from "./testing-content.ts";

const [url = "", cacheDir = "", size = "0"] = process.argv.slice(2);
const store = await openBlobs(url, { cacheDir });

async function* slowly(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += 64 * 1024) yield bytes.subarray(start, start + 64 * 1024);
}

try {
  for (let seed = 0; ; seed++) {
    const { digest } = await store.put(slowly(contentOf(Number(size), seed)));
    console.log(`acknowledged ${digest}`);
  }
} catch (error) {
  console.log(`failed ${isDomainError(error) ? error.reason : error}`);
}
