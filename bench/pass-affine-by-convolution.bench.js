import { withAndWithout } from './pass.js'

export default withAndWithout('affine-by-convolution', { net: 'resnet50', size: 128, batch: 32 })
