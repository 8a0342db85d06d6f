export { connectMongodb } from "./connection.ts";
export { asMongodbFailure } from "./failure.ts";
