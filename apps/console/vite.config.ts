import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Builds the console to static files that the gateway serves under a strict content security policy. */
export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2023",
    // The policy allows files of our own origin only, so nothing may be inlined as a data URL.
    assetsInlineLimit: 0,
    // Chunks are loaded by the page's own script; the polyfill for old browsers is not needed.
    modulePreload: { polyfill: false },
    // How long plugins took says nothing to those who build it once, before they start the platform.
    rolldownOptions: {
      checks: { pluginTimings: false },
      // What others wrote is a file of its own, which browsers keep when only the pages have changed.
      output: { codeSplitting: { groups: [{ name: "packages", test: /node_modules/ }] } },
    },
    chunkSizeWarningLimit: 700,
  },
});
