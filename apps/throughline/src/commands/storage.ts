import { createClient } from "@connectrpc/connect";
import { connect, wait } from "@throughline/client";
import {
  StorageService,
  type SweepStorageResult,
  SweepStorageResultSchema,
} from "@throughline/contracts/throughline/tracking/v1/storage_service_pb";
import type { Command } from "commander";

interface SweepFlags {
  readonly grpc: string;
  readonly project: string;
  readonly dryRun: boolean;
  readonly token?: string;
}

/** `throughline storage sweep --dry-run`. */
export function addStorage(program: Command): void {
  program
    .command("storage")
    .description("look after stored bytes")
    .command("sweep")
    .description("condemn bytes that nobody needs, and erase those whose time of grace is over")
    .option("--dry-run", "tell what would be done, and change nothing", false)
    .option("--project <project>", "the project that lists the operation; all are swept", "default")
    .option("--grpc <host:port>", "the platform's gRPC address", "127.0.0.1:9090")
    .option("--token <token>", "who you are, where the platform asks")
    .action(async ({ dryRun, project, grpc, token }: SweepFlags) => {
      const connection = connect({ baseUrl: `http://${grpc}`, project, ...(token && { token }) });
      const storage = createClient(StorageService, connection.transport);
      const { operation } = await storage.sweepStorage({ parent: connection.parent, dryRun });
      process.stdout.write(shown(await wait(connection, operation, SweepStorageResultSchema)));
    });
}

function shown(it: SweepStorageResult): string {
  const [erased, condemned] = it.dryRun ? ["would be erased", "would be condemned"] : ["erased", "condemned"];
  return [
    `${erased}: ${it.erasedCount} objects, ${it.erasedBytes} bytes`,
    `${condemned}: ${it.condemnedCount} objects, ${it.condemnedBytes} bytes`,
    `condemned before, waiting: ${it.waitingCount} objects, ${it.waitingBytes} bytes`,
    `needed again and taken back: ${it.takenBackCount}; let go but needed: ${it.neededCount}`,
    "",
  ].join("\n");
}
