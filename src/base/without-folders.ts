/**
 * A path, or NET:WEIGHTS, for a title that may be shown to others: `googlenet:weights.safetensors`, `seedlings`. The footer
 * of a page has the whole.
 */
export const withoutFolders = (source: string): string => source.replace(/\/+$/, '').replace(/[^:]*\//, '')
