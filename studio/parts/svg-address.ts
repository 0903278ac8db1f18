/** The address of a drawing as an image, which runs no script whatever the drawing holds. */
export const svgAddress = (svg: string): string =>
  `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`
