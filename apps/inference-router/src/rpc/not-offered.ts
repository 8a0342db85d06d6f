import type { ServiceImpl } from "@connectrpc/connect";
import type { GRPCInferenceService } from "@throughline/contracts/inference/open_inference_pb";
import { DomainError } from "@throughline/kernel";

type NotOffered =
  | "systemSharedMemoryStatus"
  | "systemSharedMemoryRegister"
  | "systemSharedMemoryUnregister"
  | "cudaSharedMemoryStatus"
  | "cudaSharedMemoryRegister"
  | "cudaSharedMemoryUnregister"
  | "traceSetting"
  | "logSettings";

const SHARED_MEMORY =
  "Memory that callers share with the server is not offered: models run in processes that see nothing but their tensors. " +
  "Send tensors as raw contents, or as binary tensor data over REST.";
const CUDA = "CUDA memory is not offered: no tensor leaves the server's processes. Send tensors as raw contents.";
const TRACES = "Traces are not set by callers: they go to where THROUGHLINE_TRACES_URL of the process says.";
const LOGS = "Logging is not set by callers: it is the configuration of the process, the same for everybody.";

const refuse = (why: string) => (): never => {
  throw new DomainError("unsupported", "NOT_OFFERED", why);
};

/** The extensions of Triton's that are not offered, each with the reason. */
export const notOffered: Pick<ServiceImpl<typeof GRPCInferenceService>, NotOffered> = {
  systemSharedMemoryStatus: refuse(SHARED_MEMORY),
  systemSharedMemoryRegister: refuse(SHARED_MEMORY),
  systemSharedMemoryUnregister: refuse(SHARED_MEMORY),
  cudaSharedMemoryStatus: refuse(CUDA),
  cudaSharedMemoryRegister: refuse(CUDA),
  cudaSharedMemoryUnregister: refuse(CUDA),
  traceSetting: refuse(TRACES),
  logSettings: refuse(LOGS),
};
