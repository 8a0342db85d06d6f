import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { pageOfMlflowLink } from "./thread/mlflow-link.ts";
import "./style/base.css";
import "./style/layout.css";
import "./style/parts.css";
import "./style/pictures.css";

const meant = pageOfMlflowLink(location);
if (meant !== undefined) history.replaceState(undefined, "", meant);

const place = document.getElementById("console");
if (!place) throw new Error("index.html has no element with the id console");
createRoot(place).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
