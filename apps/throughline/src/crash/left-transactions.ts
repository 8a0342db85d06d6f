import { connectMongodb } from "@throughline/store/mongodb";

/** Unless a server is told otherwise it is a minute, and so is the wait after a kill in the midst of a change. */
const TRANSACTION_SECONDS = 3;

/** Tells a MongoDB server to let go the transactions soon that killed processes left there. */
export async function letGoSoon(serverUrl: string): Promise<void> {
  const { client } = await connectMongodb(`${serverUrl}/admin`, { appName: "throughline-sweep" });
  await client.db("admin").command({ setParameter: 1, transactionLifetimeLimitSeconds: TRANSACTION_SECONDS });
  await client.close();
}
