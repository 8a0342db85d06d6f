import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { type Connection, ended, resultOf } from "@throughline/client";
import type { Operation } from "@throughline/contracts/throughline/type/v1/operation_pb";

/** Where progress is drawn: a bar that moves on a terminal, a line now and then anywhere else. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const BAR = 30;
/** Share of the work after which there is another line where nothing moves. */
const LINE_SHARE = 0.1;
const COLUMNS = 100;

/** Draws how far an operation is until it has ended, and returns it. Fails if it failed. */
export async function shownUntilEnded(connection: Connection, name: string): Promise<Operation> {
  const draw = drawing(process.stderr);
  try {
    return await ended(connection, name, draw.show);
  } finally {
    draw.end();
  }
}

/** The same of what a call began, and its result. */
export async function shownResult<T extends DescMessage>(
  connection: Connection,
  operation: Operation | undefined,
  result: T,
): Promise<MessageShape<T>> {
  if (!operation) throw new Error("the platform answered without an operation");
  return resultOf(await shownUntilEnded(connection, operation.name), result);
}

/** How far an operation is, as a bar in words of one line. */
export function progressLine({ progress, message }: Pick<Operation, "progress" | "message">): string {
  const share = Math.min(1, Math.max(0, progress));
  const filled = Math.round(share * BAR);
  // What a server says must not move the cursor.
  const words = message.replace(/\p{Cc}/gu, " ");
  return `[${"#".repeat(filled)}${" ".repeat(BAR - filled)}] ${String(Math.floor(share * 100)).padStart(3)} % ${words}`;
}

/** Draws an operation as it goes on. */
export function drawing(output: ProgressOutput) {
  let drawn = "";
  let told: { readonly progress: number; readonly what: string } | undefined;
  const move = (line: string): void => {
    const cut = line.slice(0, Math.max(1, (output.columns ?? COLUMNS) - 1));
    output.write(`\r${cut.padEnd(drawn.length)}`);
    drawn = cut;
  };
  return {
    show(operation: Pick<Operation, "progress" | "message">): void {
      const line = progressLine(operation);
      const what = operation.message.split(":")[0] ?? "";
      if (output.isTTY === true) move(line);
      else if (told?.what !== what || operation.progress - told.progress >= LINE_SHARE) {
        told = { progress: operation.progress, what };
        output.write(`${line}\n`);
      }
    },
    end(): void {
      if (drawn !== "") output.write("\n");
      drawn = "";
    },
  };
}
