// Keeps the timeline live, on the page of vehicles that is shown.
import { keepLive } from "/static/live.js";

keepLive(`/timeline/now${location.search}`);
