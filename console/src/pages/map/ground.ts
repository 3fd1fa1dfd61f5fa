/** The map's style: what it stands on, and our own layers above it. Fonts are the system's, drawn here. */

import type * as GeoJSON from "geojson";
import type { ExpressionSpecification, LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";
import { collection } from "./geometry";
import type { Colors } from "./shapes";
import type { MapSettings } from "./types";

const PLAIN = ["system-ui"];
/** No font is called so: the system's comes instead, with the weight that the name asks for. */
const STRONG = ["Docket Semibold"];

/** Sources that the page fills. */
export const SOURCES = ["graticule", "fences", "trails", "routes", "stops", "orders", "chosen"] as const;
export type SourceName = (typeof SOURCES)[number];

const byZoom = (...stops: number[]): ExpressionSpecification => ["interpolate", ["exponential", 1.5], ["zoom"], ...stops] as ExpressionSpecification;

/** The demo city's own streets, and names of its places. */
function streets(geometry: GeoJSON.FeatureCollection, colors: Colors): [Record<string, SourceSpecification>, LayerSpecification[]] {
  const cities = new Map<string, [number, number, number]>();
  for (const { properties, geometry: line } of geometry.features) {
    const city = properties?.["city"] as string | undefined;
    if (!city || line.type !== "LineString") continue;
    const sum = cities.get(city) ?? [0, 0, 0];
    for (const [lng, lat] of line.coordinates) cities.set(city, [(sum[0] += lng!), (sum[1] += lat!), (sum[2] += 1)]);
  }
  const names = [...cities].map(([city, [lng, lat, count]]): GeoJSON.Feature => ({
    type: "Feature", properties: { name: city }, geometry: { type: "Point", coordinates: [lng / count, lat / count] },
  }));
  const is = (kind: string): ExpressionSpecification => ["==", ["get", "kind"], kind];
  const edge = colors.dark ? "#4a555d" : "#bdb7aa";
  const fill = colors.dark ? "#323a41" : "#ffffff";
  const round = { "line-cap": "round", "line-join": "round" } as const;
  return [
    { city: { type: "geojson", data: geometry }, cities: { type: "geojson", data: collection(names) } },
    [
      { id: "link-edge", type: "line", source: "city", filter: is("link"), layout: round, paint: { "line-color": edge, "line-width": byZoom(9, 1, 13, 3.4, 17, 13) } },
      { id: "street-edge", type: "line", source: "city", filter: is("street"), layout: round, paint: { "line-color": edge, "line-width": byZoom(9, 2.2, 13, 7.5, 17, 26) } },
      { id: "link", type: "line", source: "city", filter: is("link"), layout: round, paint: { "line-color": fill, "line-width": byZoom(9, 0.3, 13, 1.8, 17, 11), "line-opacity": 0.75 } },
      { id: "street", type: "line", source: "city", filter: is("street"), layout: round, paint: { "line-color": fill, "line-width": byZoom(9, 1.2, 13, 5.4, 17, 23) } },
      {
        id: "street-name", type: "symbol", source: "city", filter: is("street"), minzoom: 12,
        layout: { "symbol-placement": "line", "text-field": ["get", "name"], "text-font": PLAIN, "text-size": byZoom(12, 10, 17, 14), "symbol-spacing": 260 },
        paint: { "text-color": colors.textSoft, "text-halo-color": fill, "text-halo-width": 1.5 },
      },
      {
        id: "city-name", type: "symbol", source: "cities", maxzoom: 12.5,
        layout: { "text-field": ["get", "name"], "text-font": STRONG, "text-size": 15, "text-letter-spacing": 0.04, "text-variable-anchor": ["bottom", "top", "left", "right"], "text-radial-offset": 1.2 },
        paint: { "text-color": colors.textSoft, "text-halo-color": colors.ground, "text-halo-width": 2 },
      },
    ],
  ];
}

/** Vector tiles of the common kinds: Protomaps' own, OpenMapTiles, Shortbread. Each layer is drawn if the tiles have it. */
function vector(colors: Colors, known: ReadonlySet<string> | undefined): LayerSpecification[] {
  const { dark } = colors;
  const water = dark ? "#0e2530" : "#c6dfe8";
  const green = dark ? "#18241d" : "#e3ecdb";
  const built = dark ? "#262c31" : "#e6e2d9";
  const road = dark ? "#343c43" : "#ffffff";
  const edge = dark ? "#20262b" : "#d8d3c8";
  const has = (layer: string) => known === undefined || known.has(layer);
  const name: ExpressionSpecification = ["coalesce", ["get", "name:latin"], ["get", "name"], ["get", "name_en"]];
  const layers: LayerSpecification[] = [];
  const add = (layer: LayerSpecification & { "source-layer": string }) => has(layer["source-layer"]) && layers.push({ ...layer, source: "base" } as LayerSpecification);
  for (const layer of ["earth", "land"]) add({ id: `base-${layer}`, type: "fill", source: "base", "source-layer": layer, filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": layer === "earth" ? colors.ground : green, "fill-opacity": layer === "earth" ? 1 : 0.5 } });
  for (const layer of ["landcover", "landuse", "park"]) add({ id: `base-${layer}`, type: "fill", source: "base", "source-layer": layer, paint: { "fill-color": green, "fill-opacity": 0.6 } });
  for (const layer of ["water", "ocean", "water_polygons"]) add({ id: `base-${layer}`, type: "fill", source: "base", "source-layer": layer, filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": water } });
  for (const layer of ["waterway", "water_lines"]) add({ id: `base-${layer}`, type: "line", source: "base", "source-layer": layer, paint: { "line-color": water, "line-width": byZoom(9, 0.6, 16, 4) } });
  for (const layer of ["buildings", "building"]) add({ id: `base-${layer}`, type: "fill", source: "base", "source-layer": layer, minzoom: 14, paint: { "fill-color": built } });
  for (const layer of ["roads", "transportation", "streets"]) {
    const kind: ExpressionSpecification = ["coalesce", ["get", "kind"], ["get", "class"], ""];
    const main: ExpressionSpecification = ["in", kind, ["literal", ["highway", "major_road", "motorway", "trunk", "primary", "secondary", "tertiary"]]];
    const lines: ExpressionSpecification = ["==", ["geometry-type"], "LineString"];
    add({ id: `base-${layer}-edge`, type: "line", source: "base", "source-layer": layer, minzoom: 11, filter: lines, layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": edge, "line-width": ["interpolate", ["exponential", 1.5], ["zoom"], 11, ["case", main, 2.4, 0.6], 17, ["case", main, 20, 12]] } });
    add({ id: `base-${layer}-main`, type: "line", source: "base", "source-layer": layer, filter: lines, layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": road, "line-width": ["interpolate", ["exponential", 1.5], ["zoom"], 6, ["case", main, 0.6, 0], 11, ["case", main, 1.6, 0.2], 17, ["case", main, 17, 10]] } });
  }
  for (const layer of ["boundaries", "boundary"]) add({ id: `base-${layer}`, type: "line", source: "base", "source-layer": layer, paint: { "line-color": colors.lineStrong, "line-width": 0.8, "line-dasharray": [3, 2], "line-opacity": 0.6 } });
  for (const layer of ["roads", "transportation_name", "street_labels"]) add({ id: `base-${layer}-name`, type: "symbol", source: "base", "source-layer": layer, minzoom: 13, layout: { "symbol-placement": "line", "text-field": name, "text-font": PLAIN, "text-size": 11 }, paint: { "text-color": colors.textSoft, "text-halo-color": colors.ground, "text-halo-width": 1.4 } });
  for (const layer of ["places", "place", "place_labels"]) add({ id: `base-${layer}`, type: "symbol", source: "base", "source-layer": layer, layout: { "text-field": name, "text-font": STRONG, "text-size": byZoom(4, 11, 12, 15), "text-max-width": 8 }, paint: { "text-color": colors.textSoft, "text-halo-color": colors.ground, "text-halo-width": 1.6 } });
  return layers;
}

/** What is known of an archive's tiles before they are drawn. */
export interface Archive {
  layers: ReadonlySet<string> | undefined;
}

function base(settings: MapSettings, archive: Archive | undefined, colors: Colors): [Record<string, SourceSpecification>, LayerSpecification[]] {
  const { kind, url, geometry } = settings;
  const attribution = { attribution: "" };
  if (kind === "none" || !url) return geometry ? streets(geometry, colors) : [{}, []];
  const address = new URL(url, location.href).href.replace(/%7B/g, "{").replace(/%7D/g, "}");
  const limits = { minzoom: settings.min_zoom ?? 0, maxzoom: settings.max_zoom ?? (kind === "tiles" ? 19 : 15) };
  const isRaster = kind === "pmtiles" ? settings.tiles !== undefined && settings.tiles !== "mvt" : !/\.(pbf|mvt)\b/.test(address);
  const where = kind === "pmtiles" ? { url: `pmtiles://${address}` } : { tiles: [address], ...limits };
  if (!isRaster) return [{ base: { type: "vector", ...where, ...attribution } }, vector(colors, archive?.layers)];
  // A dark theme keeps somebody else's bright pictures quiet.
  const paint = colors.dark ? { "raster-brightness-max": 0.62, "raster-saturation": -0.35 } : { "raster-saturation": -0.15 };
  return [{ base: { type: "raster", tileSize: 256, ...where, ...attribution } }, [{ id: "base", type: "raster", source: "base", paint }]];
}

const icon: ExpressionSpecification = ["concat", "order-", ["get", "status"], ["case", ["==", ["get", "late"], 1], "-late", ""]];

/** Our own layers, from the ground up. */
function ours(colors: Colors): LayerSpecification[] {
  const color: ExpressionSpecification = ["coalesce", ["get", "color"], colors.accent];
  const strength: ExpressionSpecification = ["coalesce", ["get", "opacity"], 1];
  const round = { "line-cap": "round", "line-join": "round" } as const;
  return [
    { id: "fence", type: "fill", source: "fences", paint: { "fill-color": colors.accent, "fill-opacity": ["case", ["get", "chosen"], 0.16, 0.07] } },
    { id: "fence-edge", type: "line", source: "fences", paint: { "line-color": colors.accent, "line-width": ["case", ["get", "chosen"], 2, 1], "line-dasharray": [3, 2], "line-opacity": 0.85 } },
    { id: "trail", type: "line", source: "trails", layout: round, paint: { "line-color": color, "line-width": byZoom(9, 1.2, 15, 3.5), "line-opacity": ["coalesce", ["get", "opacity"], 0.55] } },
    { id: "route-edge", type: "line", source: "routes", layout: round, paint: { "line-color": colors.surface, "line-width": byZoom(9, 4, 15, 7), "line-opacity": ["coalesce", ["get", "opacity"], 0.9] } },
    { id: "route", type: "line", source: "routes", layout: round, paint: { "line-color": color, "line-width": byZoom(9, 2, 15, 4), "line-opacity": ["coalesce", ["get", "opacity"], 0.9] } },
    { id: "cluster", type: "circle", source: "orders", filter: ["has", "point_count"], paint: { "circle-color": colors.surface, "circle-stroke-color": ["case", [">", ["get", "late"], 0], colors.danger, colors.accent], "circle-stroke-width": 2.5, "circle-radius": ["step", ["get", "point_count"], 15, 20, 19, 200, 24, 5000, 30] } },
    { id: "cluster-count", type: "symbol", source: "orders", filter: ["has", "point_count"], layout: { "text-field": ["get", "point_count_abbreviated"], "text-font": STRONG, "text-size": 13, "text-allow-overlap": true, "text-ignore-placement": true }, paint: { "text-color": colors.text } },
    { id: "chosen", type: "circle", source: "chosen", paint: { "circle-radius": 17, "circle-color": colors.accent, "circle-opacity": 0.22, "circle-stroke-color": colors.accent, "circle-stroke-width": 2.5 } },
    { id: "order", type: "symbol", source: "orders", filter: ["!", ["has", "point_count"]], layout: { "icon-image": icon, "icon-size": byZoom(9, 0.62, 14, 0.95), "icon-allow-overlap": true, "icon-ignore-placement": true, "symbol-sort-key": ["get", "late"] } },
    { id: "stop", type: "circle", source: "stops", paint: { "circle-radius": byZoom(10, 4, 12.5, 8.5), "circle-translate": [10, -10], "circle-opacity": strength, "circle-stroke-opacity": strength, "circle-color": color, "circle-stroke-color": colors.surface, "circle-stroke-width": 1.5 } },
    { id: "stop-number", type: "symbol", source: "stops", layout: { "text-field": ["to-string", ["get", "label"]], "text-font": STRONG, "text-size": byZoom(10, 4, 12.5, 10), "text-allow-overlap": true, "text-ignore-placement": true }, paint: { "text-color": colors.surface, "text-translate": [10, -10] } },
  ];
}

export function styleOf(settings: MapSettings, archive: Archive | undefined, colors: Colors): StyleSpecification {
  const [sources, layers] = base(settings, archive, colors);
  const empty = { type: "geojson", data: collection() } as const;
  const own: Record<SourceName, SourceSpecification> = {
    graticule: empty, fences: empty, trails: empty, routes: empty, stops: empty, chosen: empty,
    orders: { type: "geojson", data: collection(), cluster: true, clusterRadius: 42, clusterMaxZoom: 13, clusterProperties: { late: ["+", ["get", "late"]] } },
  };
  const lines: LayerSpecification[] = settings.kind === "none" ? [
    { id: "graticule", type: "line", source: "graticule", paint: { "line-color": colors.line, "line-width": 1, "line-opacity": 0.7 } },
    { id: "graticule-label", type: "symbol", source: "graticule", layout: { "symbol-placement": "line", "symbol-spacing": 420, "text-field": ["get", "label"], "text-font": PLAIN, "text-size": 10.5 }, paint: { "text-color": colors.textSoft, "text-halo-color": colors.ground, "text-halo-width": 1.5 } },
  ] : [];
  return {
    version: 8,
    sources: { ...sources, ...own },
    layers: [{ id: "ground", type: "background", paint: { "background-color": colors.ground } }, ...lines, ...layers, ...ours(colors)],
    transition: { duration: 0, delay: 0 },
  };
}
