export { default } from "../idle/page";
