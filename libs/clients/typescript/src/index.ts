export { download, upload, uploadPieces } from "./artifacts.ts";
export { type Connection, type ConnectOptions, connect } from "./connection.ts";
export { ended, OperationFailed, resultOf, wait } from "./operations.ts";
export { proofHolds, type RowProof, rowDigest } from "./proofs.ts";
