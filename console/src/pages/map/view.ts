/** The map itself: what it stands on, its layers, the units above it. Fetched when the first map is looked at. */

import type * as GeoJSON from "geojson";
import { addProtocol, Map as GlMap, Marker, setWorkerUrl, type GeoJSONSource, type MapMouseEvent } from "maplibre-gl";
import worker from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import "maplibre-gl/dist/maplibre-gl.css";
import { PMTiles, Protocol } from "pmtiles";
import { collection, graticule, mercatorX, mercatorY } from "./geometry";
import { styleOf, type Archive, type SourceName } from "./ground";
import { calm } from "./motion";
import { colorsOf, picture, type Colors } from "./shapes";
import type { Box, LngLat, MapSettings } from "./types";
import { UnitsLayer } from "./units-layer";

setWorkerUrl(worker);
const archives = new Protocol();
addProtocol("pmtiles", archives.tile);

async function archiveOf(settings: MapSettings): Promise<Archive | undefined> {
  if (settings.kind !== "pmtiles" || !settings.url) return undefined;
  const file = new PMTiles(new URL(settings.url, location.href).href);
  archives.add(file);
  const about = (await file.getMetadata().catch(() => ({}))) as { vector_layers?: { id: string }[] };
  return { layers: about.vector_layers && new Set(about.vector_layers.map((layer) => layer.id)) };
}

export type Hit = { kind: "unit"; id: number } | { kind: "order"; serial: number } | { kind: "stop"; serial: number } | { kind: "nothing" };

/** How far from a unit a pointer may be. */
const REACH = 16;

export class View {
  readonly #data = new Map<SourceName, GeoJSON.FeatureCollection>();
  colors: Colors;
  #pin: Marker | undefined;

  private constructor(
    readonly map: GlMap,
    readonly units: UnitsLayer,
    private readonly host: HTMLElement,
    private readonly settings: MapSettings,
    private readonly archive: Archive | undefined,
    colors: Colors,
  ) {
    this.colors = colors;
  }

  static async open(host: HTMLElement, settings: MapSettings, at: { center: LngLat; zoom: number }): Promise<View> {
    const archive = await archiveOf(settings);
    const colors = colorsOf(host);
    const map = new GlMap({
      container: host,
      style: styleOf(settings, archive, colors),
      ...at,
      minZoom: 1,
      maxZoom: 19,
      maxPitch: 0,
      dragRotate: false,
      touchPitch: false,
      boxZoom: false,
      renderWorldCopies: false,
      attributionControl: false,
      fadeDuration: 0,
      refreshExpiredTiles: false,
    });
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    const camera = () => {
      const center = map.getCenter();
      const box = map.getContainer();
      return { x: mercatorX(center.lng), y: mercatorY(center.lat), world: 512 * 2 ** map.getZoom(), width: box.clientWidth || 1, height: box.clientHeight || 1 };
    };
    const view = new View(map, new UnitsLayer(camera, colors), host, settings, archive, colors);
    map.getCanvasContainer().append(view.units.canvas);
    view.#listen();
    await new Promise((ready) => map.once("load", ready));
    return view;
  }

  #listen(): void {
    const { map } = this;
    map.setMissingStyleImageResolver((id) => {
      const [, status, late] = /^order-([a-z_]+?)(-late)?$/.exec(id) ?? [];
      if (status && !map.hasImage(id)) map.addImage(id, picture(status, late !== undefined, this.colors), { pixelRatio: 2 });
    });
    map.on("render", () => this.units.follow());
    map.on("moveend", () => this.#moved());
    map.on("idle", () => this.#tell());
    map.on("style.load", () => {
      for (const name of this.#data.keys()) this.#give(name);
      this.#moved();
    });
  }

  /** What is drawn, in numbers, for tests. */
  #tell(): void {
    const of = (...layers: string[]) => String(this.map.queryRenderedFeatures({ layers }).length);
    const { lng, lat } = this.map.getCenter();
    Object.assign(this.host.dataset, {
      center: `${lng.toFixed(4)} ${lat.toFixed(4)}`,
      orders: of("order", "cluster"), routes: of("route"), stops: of("stop"), trails: of("trail"), fences: of("fence"), units: String(this.units.size),
    });
  }

  #moved(): void {
    this.units.settled();
    if (this.settings.kind === "none") this.set("graticule", graticule(this.box()));
  }

  #give(name: SourceName): void {
    const source = this.map.getSource<GeoJSONSource>(name);
    void source?.setData(this.#data.get(name) ?? collection());
  }

  /** What a source shows from now on. */
  set(name: SourceName, data: GeoJSON.FeatureCollection): void {
    this.#data.set(name, data);
    this.#give(name);
  }

  /** Light became dark, or the other way. */
  repaint(): void {
    this.colors = colorsOf(this.host);
    this.units.paint(this.colors);
    this.map.setStyle(styleOf(this.settings, this.archive, this.colors), { diff: false });
  }

  box(): Box {
    const bounds = this.map.getBounds();
    return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  }

  fit(box: Box | undefined, room = 60, glide = !calm()): void {
    if (box) this.map.fitBounds(box, { padding: room, maxZoom: 15, duration: glide ? 500 : 0 });
  }

  /** Brings a place into sight, near enough to see what is around it. */
  show(place: LngLat, zoom = 14): void {
    this.map.easeTo({ center: place, zoom: Math.max(this.map.getZoom(), zoom), duration: calm() ? 0 : 500 });
  }

  /** A needle in the map. */
  pin(place: LngLat | undefined): void {
    this.#pin?.remove();
    this.#pin = undefined;
    if (!place) return;
    const element = document.createElement("div");
    element.className = "map-pin";
    this.#pin = new Marker({ element, anchor: "bottom" }).setLngLat(place).addTo(this.map);
  }

  zoom(by: number): void {
    this.map.easeTo({ zoom: this.map.getZoom() + by, duration: calm() ? 0 : 200 });
  }

  /** What is under a point of the map. */
  hit(point: { x: number; y: number }): Hit {
    const unit = this.units.nearest(point.x, point.y, REACH);
    if (unit !== undefined) return { kind: "unit", id: unit };
    const around: [[number, number], [number, number]] = [[point.x - 5, point.y - 5], [point.x + 5, point.y + 5]];
    const [found] = this.map.queryRenderedFeatures(around, { layers: ["stop", "order"] });
    const serial = Number(found?.properties["serial"]);
    return found && serial ? { kind: found.layer.id === "stop" ? "stop" : "order", serial } : { kind: "nothing" };
  }

  /** Opens a cluster, if there is one under a point. */
  async open(event: MapMouseEvent): Promise<boolean> {
    const [cluster] = this.map.queryRenderedFeatures(event.point, { layers: ["cluster"] });
    if (!cluster || cluster.geometry.type !== "Point") return false;
    const zoom = await this.map.getSource<GeoJSONSource>("orders")!.getClusterExpansionZoom(Number(cluster.properties["cluster_id"]));
    this.map.easeTo({ center: cluster.geometry.coordinates as LngLat, zoom, duration: calm() ? 0 : 400 });
    return true;
  }

  isCluster(point: { x: number; y: number }): boolean {
    return this.map.queryRenderedFeatures([point.x, point.y], { layers: ["cluster"] }).length > 0;
  }

  close(): void {
    this.units.destroy();
    this.map.remove();
  }
}
