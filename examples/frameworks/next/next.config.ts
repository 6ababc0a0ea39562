import type { NextConfig } from "next";

// As in a new project.
const config: NextConfig = { cacheComponents: true, partialPrefetching: true };

export default config;
