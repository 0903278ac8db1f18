import { withAndWithout } from './pass.js'

export default withAndWithout('reverse-by-product', { net: 'resnet18', size: 64, batch: 64 })
