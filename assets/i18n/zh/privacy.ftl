warning-personal-data = { $count } 段文本疑似含有电子邮箱、电话、银行卡或银行账号。导入时可选择遮蔽以替换它们。
stage-privacy = 正在应用隐私策略
stage-provenance = 正在记录数据来源
