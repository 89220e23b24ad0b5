declare module '@bpmn-io/element-template-icon-renderer';
declare module '*.css';
