// What the console uses of MapLibre.
export const Map: any;
export const AttributionControl: any;
export const ScaleControl: any;
export function addProtocol(name: string, load: unknown): void;
