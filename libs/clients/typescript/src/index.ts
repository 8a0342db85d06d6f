export { download, upload } from "./artifacts.ts";
export { type Connection, type ConnectOptions, connect } from "./connection.ts";
export { OperationFailed, wait } from "./operations.ts";
