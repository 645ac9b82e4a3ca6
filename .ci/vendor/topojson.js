// The part of topojson-client that the map of the dashboard uses; it draws itself, as SVG.
import { feature } from "topojson-client";

window.topojson = { feature };
