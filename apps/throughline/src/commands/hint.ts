import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "@throughline/contracts/google/rpc/error_details_pb";

/** What to do where nothing answered, whichever command asked; empty for any other failure, which says it itself. */
export function hintOf(error: unknown): string {
  for (let it = error; it instanceof Error; it = it.cause)
    if (it instanceof ConnectError && it.code === Code.Unavailable && it.findDetails(ErrorInfoSchema).length === 0)
      return 'Is a platform up there? "throughline status" tells, "throughline up" starts one, and --grpc names another.\n';
  return "";
}
