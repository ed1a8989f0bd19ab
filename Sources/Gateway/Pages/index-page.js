import { beginPage } from "./page.js";

beginPage();
