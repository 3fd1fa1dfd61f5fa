import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { defineConfig, type Plugin } from "vite";
import solid from "vite-plugin-solid";

/** The hub embeds what is here compressed, and sends it as it is. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    async closeBundle() {
      const entries = await readdir("dist", { recursive: true, withFileTypes: true });
      for (const entry of entries.filter((entry) => entry.isFile() && !/\.(png|woff2|gz)$/.test(entry.name))) {
        const file = join(entry.parentPath, entry.name);
        await writeFile(`${file}.gz`, await promisify(gzip)(await readFile(file), { level: 9 }));
        await rm(file);
      }
    },
  };
}

export default defineConfig({
  plugins: [solid(), compressed()],
  resolve: { alias: { "~": join(import.meta.dirname, "src") } },
  // The map makes its workers as modules.
  worker: { format: "es" },
  build: {
    target: "es2023",
    rolldownOptions: { input: ["index.html", "reference.html"] },
    assetsInlineLimit: 0, chunkSizeWarningLimit: 1200, modulePreload: { polyfill: false } },
  server: {
    // `npm run dev` against a hub: DOCKET_URL=http://127.0.0.1:8700
    // The host stays ours, or the hub would take the page for somebody else's.
    proxy: Object.fromEntries(
      ["/v1", "/map/base.pmtiles", "/docs", "/files", "/api/", "/pruvan/", "/product_api", "/wialon/"].map((path) => [
        path,
        { target: process.env["DOCKET_URL"] ?? "http://127.0.0.1:8700", changeOrigin: false },
      ]),
    ),
  },
});
