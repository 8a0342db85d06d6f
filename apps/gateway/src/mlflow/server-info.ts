import type { Endpoint } from "./endpoint.ts";

/** The version of MLflow whose API is spoken here. Clients ask for it before they use what is new. */
export const SPOKEN_VERSION = "3.17.2";

/** What clients ask of a server before they choose a way. */
export const SERVER_INFO: readonly Endpoint[] = [
  {
    verbs: ["GET"],
    path: "server-info",
    answer: async () => ({
      store_type: "RestStore",
      workspaces_enabled: false,
      trace_archival_enabled: false,
      // One stream is as fast here, and its address needs no guess of the scheme in front of a proxy. Clients that are told
      // to send parts can do so all the same.
      multipart_uploads_enabled: false,
      multipart_downloads_enabled: false,
      presigned_upload_run_id_supported: false,
      presigned_upload_model_id_supported: false,
    }),
  },
];
