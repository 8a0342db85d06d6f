// A thread of the scoring process that ends it when its time is over. The parent does so too, unless it was killed itself; and the
// process's own event loop stands still while a model runs.
import { workerData } from "node:worker_threads";

setTimeout(() => process.kill(process.pid, "SIGKILL"), workerData as number);
