import { index, type RouteConfig, route } from "@react-router/dev/routes";

export default [
  index("home.tsx"),
  route("count", "count.ts"),
  route("sign-in", "sign-in.ts"),
  route("sign-out", "sign-out.ts"),
  route("account", "account.tsx"),
  route("api/count", "api.count.ts"),
] satisfies RouteConfig;
