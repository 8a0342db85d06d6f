import { DomainError } from "@throughline/kernel";
import { type Db, MongoClient, type MongoClientOptions } from "mongodb";
import { invalidCall } from "../errors.ts";
import { asMongodbFailure } from "./failure.ts";

/** An acknowledged write is on the disks of a majority, and reads see only such writes. */
const OPTIONS: MongoClientOptions = {
  writeConcern: { w: "majority", journal: true, wtimeoutMS: 10_000 },
  readConcern: { level: "majority" },
  readPreference: "primary",
  retryWrites: true,
  retryReads: true,
  serverSelectionTimeoutMS: 5_000,
  connectTimeoutMS: 5_000,
  socketTimeoutMS: 15_000,
  waitQueueTimeoutMS: 10_000,
  maxPoolSize: 32,
  useBigInt64: true,
  ignoreUndefined: true,
};

/**
 * Connects to the database that the URL names. It must belong to a replica set (of one node at least) or a sharded cluster,
 * since whoever asks needs transactions. Fails with INVALID_STORE_CALL, STORAGE_UNAVAILABLE and REPLICA_SET_NEEDED.
 */
export async function connectMongodb(
  url: string,
  options: Pick<MongoClientOptions, "appName" | "socketTimeoutMS" | "promoteBuffers">,
): Promise<{ readonly client: MongoClient; readonly db: Db }> {
  const name = /^mongodb(?:\+srv)?:\/\/[^/?]+\/([^/?]+)/.exec(url)?.[1];
  if (name === undefined) throw invalidCall("url", "it names no database: write mongodb://host:port/database");
  const client = new MongoClient(url, { ...OPTIONS, ...options });
  try {
    const hello = await client.db("admin").command({ hello: 1 });
    if (hello["setName"] === undefined && hello["msg"] !== "isdbgrid") throw replicaSetNeeded();
  } catch (error) {
    await client.close();
    throw asMongodbFailure(error, false);
  }
  return { client, db: client.db(decodeURIComponent(name)) };
}

const replicaSetNeeded = (): DomainError =>
  new DomainError(
    "precondition",
    "REPLICA_SET_NEEDED",
    "This MongoDB is no replica set, so it has no transactions. Start it with --replSet and run rs.initiate() once.",
  );
