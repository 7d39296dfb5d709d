// Prices as steps over time. Lines differ by colour, dash and mark; each has its name at its end or in the legend.
import { html, useLayoutEffect, useRef, useState } from "./vendor/preact.js";
import { clock, day } from "./format.js";

const HEIGHT = 240;
const MARGIN = { top: 12, right: 16, bottom: 26, left: 78 };
const TICKS = 4;
const SHORTEST = 60_000; // milliseconds: a price that has just come is drawn as a line too
const DAY = 86_400_000;

export function Chart({ lines, format, label }) {
  const [box, width] = useWidth();
  const now = Date.now();
  const every = lines.flatMap((line) => line.points);
  const first = Math.min(...every.map((one) => one.from), now - SHORTEST);
  const [low, high] = rounded(every.map((one) => one.value));
  const x = (moment) => MARGIN.left + ((moment - first) / (now - first)) * (width - MARGIN.left - MARGIN.right);
  const y = (value) => HEIGHT - MARGIN.bottom - ((value - low) / (high - low)) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const ticks = Array.from({ length: TICKS + 1 }, (_, place) => low + ((high - low) * place) / TICKS);
  const moments = named([first, now, (first + now) / 2], now - first > 2 * DAY ? day : clock);
  return html`<figure class="chart" ref=${box}>
    <figcaption>${label}</figcaption>
    <svg width=${width} height=${HEIGHT} viewBox=${`0 0 ${width} ${HEIGHT}`} role="img" aria-label=${spoken(lines, format, label)}>
      ${ticks.map((value) => html`<g class="grid"><line x1=${MARGIN.left} x2=${width - MARGIN.right} y1=${y(value)} y2=${y(value)} />
        <text x=${MARGIN.left - 8} y=${y(value) + 4} text-anchor="end">${format(value)}</text></g>`)}
      ${moments.map(([moment, said]) => html`<text class="axis" x=${x(moment)} y=${HEIGHT - 8}
        text-anchor=${moment === first ? "start" : moment === now ? "end" : "middle"}>${said}</text>`)}
      ${lines.map((line, place) => html`<g class=${`series series-${place}`}>
        <path d=${steps(line.points, x, y, now)} />
        ${line.points.map((one) => html`<circle cx=${x(one.from)} cy=${y(one.value)} r="3.5"><title>${line.name}: ${format(one.value)}, ${day(new Date(one.from))}</title></circle>`)}
      </g>`)}
    </svg>
    <ul class="legend">${lines.map((line, place) => html`<li class=${`series-${place}`}><svg width="26" height="10" aria-hidden="true"><path d="M1 5H25" /></svg>
      ${line.name}: <strong>${format(line.points.at(-1).value)}</strong></li>`)}</ul>
  </figure>`;
}

/** Moments with their names; of those with one name the first, so that both ends have theirs. */
function named(moments, name) {
  const said = moments.map((moment) => [moment, name(new Date(moment))]);
  return said.filter(([, text], place) => said.findIndex(([, other]) => other === text) === place);
}

function steps(points, x, y, now) {
  let path = "";
  points.forEach((one, place) => {
    const end = one.to ?? now;
    const joined = place > 0 && points[place - 1].to === one.from;
    path += `${joined ? `V${y(one.value)}` : `M${x(one.from)} ${y(one.value)}`}H${x(Math.max(end, one.from))}`;
  });
  return path;
}

/** Bounds that leave room, with even steps between. */
export function rounded(values) {
  const least = Math.min(...values);
  const most = Math.max(...values);
  const span = most - least || most * 0.2 || 1;
  const step = 10 ** Math.floor(Math.log10(span / TICKS));
  const fit = [1, 2, 2.5, 5, 10, 20].map((one) => one * step)
    .find((one) => Math.floor((least - span * 0.1) / one) * one + one * TICKS >= most + span * 0.05);
  const low = Math.max(0, Math.floor((least - span * 0.1) / fit) * fit);
  return [low, low + fit * TICKS];
}

const spoken = (lines, format, label) =>
  `${label}. ${lines.map((line) => `${line.name}: ${line.points.map((one) => `${day(new Date(one.from))} ${format(one.value)}`).join(", ")}`).join("; ")}`;

function useWidth() {
  const box = useRef(null);
  const [width, setWidth] = useState(640);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.max(280, Math.floor(entry.contentRect.width))));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return [box, width];
}
