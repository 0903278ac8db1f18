/** The methods that make a map of a class, and what each works on. */

/** From the maps of a layer and the class's weights or gradients, or from attention: one run of the network. */
export const layerMethods = ['cam', 'grad-cam', 'grad-cam++', 'layer-cam', 'attention-rollout'] as const
/** From gradients with respect to pixels, averaged over many runs. */
export const pixelMethods = ['integrated-gradients', 'smooth-grad'] as const
/** From what the class loses or keeps when parts of the image are covered: many runs. */
export const coverMethods = ['occlusion', 'rise', 'score-cam'] as const

/** Those that look at the maps of a layer that can be named. */
export const methodsWithLayer = [
  'grad-cam',
  'grad-cam++',
  'layer-cam',
  'attention-rollout',
  'score-cam',
] as const satisfies readonly MapMethod[]

export const mapMethods = [...layerMethods, ...pixelMethods, ...coverMethods] as const

export type LayerMethod = (typeof layerMethods)[number]
export type PixelMethod = (typeof pixelMethods)[number]
export type CoverMethod = (typeof coverMethods)[number]
export type MapMethod = (typeof mapMethods)[number]

export const methodTitles: Record<MapMethod, string> = {
  cam: 'Class activation maps',
  'grad-cam': 'Grad-CAM',
  'grad-cam++': 'Grad-CAM++',
  'layer-cam': 'Layer-CAM',
  'attention-rollout': 'Attention roll-out',
  'integrated-gradients': 'Integrated gradients',
  'smooth-grad': 'SmoothGrad',
  occlusion: 'Occlusion',
  rise: 'RISE',
  'score-cam': 'Score-CAM',
}

/** What a pixel or a cell of the map is, in a sentence for the page. */
export const methodWords: Record<MapMethod, string> = {
  cam: 'The mean of a map plus the bias is the logit.',
  'grad-cam': 'Each map of the layer is weighed by the mean gradient of the logit; what is left is positive.',
  'grad-cam++': 'As Grad-CAM, but places where the gradient is positive count by their own weight.',
  'layer-cam': 'Each place of each map of the layer is weighed by its own positive gradient.',
  'attention-rollout':
    'How far what the head sees goes back to each patch, were attention all that mixes tokens. It is the same for every class.',
  'integrated-gradients':
    'The pixels of a map sum to what the logit gains on the way from the mean colour to the image.',
  'smooth-grad': 'How strongly each pixel moves the logit, averaged over noisy copies of the image.',
  occlusion: 'What the logit loses when a patch of the mean colour covers the place.',
  rise: 'The mean probability of the class over random masks that leave the pixel visible.',
  'score-cam': 'Each map of the layer is weighed by what the logit keeps when the image is seen through it.',
}

export const isLayerMethod = (method: MapMethod): method is LayerMethod =>
  (layerMethods as readonly string[]).includes(method)

export const isPixelMethod = (method: MapMethod): method is PixelMethod =>
  (pixelMethods as readonly string[]).includes(method)
