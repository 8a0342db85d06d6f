import { wait } from "@throughline/client";
import {
  FileFormat,
  LoadSourceResultSchema,
} from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { SHOP, uploadBytes } from "./testing-shop.ts";
import type { Writer } from "./testing-writers.ts";

/** A file that is loaded into the source of the pushed rows. */
const writeLoad: Writer = async ({ connection, ledger, number }) => {
  const { features, parent } = connection;
  const source = `${parent}/sources/${SHOP.source}`;
  const time = new Date((1_740_000_000 + number) * 1_000).toISOString();
  const text = `shop,amount,time,known\nloaded-${number},${number},${time},${time}\n`;
  const { digest } = await uploadBytes(connection, Uint8Array.from(Buffer.from(text)));
  const loading = await features.loadSource({ source, digest, format: FileFormat.CSV });
  const { name = "" } = loading.operation ?? {};
  ledger.note(`load ${name}`, name, async (on) => (await on.operations.getOperation({ name })).operation?.name);
  await wait(connection, loading.operation, LoadSourceResultSchema);
  ledger.note(`rows of ${name}`, true, async (on) =>
    (await on.features.getSource({ name: source })).source?.segments.some((it) => it.loadedDigest === digest),
  );
};

/** Writers of what comes into the feature store as files. */
export const FEATURE_WRITERS: readonly Writer[] = [writeLoad];
