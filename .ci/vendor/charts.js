// The parts of ECharts and of topojson-client that the dashboards use, as one file.
import { LineChart, MapChart } from "echarts/charts";
import { AriaComponent, GridComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import * as core from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { feature } from "topojson-client";

core.use([LineChart, MapChart, AriaComponent, GridComponent, TooltipComponent, VisualMapComponent, CanvasRenderer]);
window.charts = { init: core.init, registerMap: core.registerMap, feature };
