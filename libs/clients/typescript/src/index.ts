export { download, upload, uploadPieces } from "./artifacts.ts";
export { type Connection, type ConnectOptions, connect } from "./connection.ts";
export { OperationFailed, wait } from "./operations.ts";
export { proofHolds, type RowProof, rowDigest } from "./proofs.ts";
