/** Style sheets are loaded for their effect; the bundler makes them files of their own. */
declare module "*.css";
