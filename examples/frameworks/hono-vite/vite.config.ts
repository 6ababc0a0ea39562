import devServer from "@hono/vite-dev-server";
import { defineConfig } from "vite";

export default defineConfig({
  build: { ssr: "src/server.ts" },
  ssr: { noExternal: true },
  plugins: [devServer({ entry: "src/app.tsx" })],
});
