// Begins the chart at now, and keeps the timeline live on the page of vehicles that is shown.
import { keepLive } from "/static/live.js";

const chart = document.querySelector(".gantt .scroll");
const now = document.querySelector("path.now");
if (chart && now) {
  const away = now.getBoundingClientRect().left - chart.getBoundingClientRect().left;
  chart.scrollLeft += away - chart.clientWidth / 2;
}

keepLive(`/timeline/now${location.search}`);
