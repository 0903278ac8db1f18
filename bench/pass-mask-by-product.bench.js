import { withAndWithout } from './pass.js'

export default withAndWithout('mask-by-product', { net: 'mobilenet_v2', size: 128, batch: 32 })
