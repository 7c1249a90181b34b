// Common emojis with their names: first the one that other chats use, then more words, in English and Chinese.

const TABLE = `
😀 grinning smile happy 笑 开心
😃 smiley happy 笑 高兴
😄 smile happy laugh 笑 微笑
😁 grin 嘿嘿 露齿
😆 laughing haha 大笑 哈哈
😅 sweat_smile phew 汗 尴尬
😂 joy lol tears 笑哭 哈哈
🤣 rofl lol 笑翻 打滚
🙂 slightly_smiling_face fine 微笑
🙃 upside_down_face irony 倒脸
😉 wink 眨眼
😊 blush 害羞 脸红
😇 innocent angel 天使
🥰 smiling_face_with_three_hearts love 喜爱
😍 heart_eyes love 花痴 喜欢
😘 kissing_heart kiss 飞吻 亲
😋 yum tasty 好吃
😜 stuck_out_tongue_winking_eye crazy 调皮
😎 sunglasses cool 酷 墨镜
🤓 nerd_face nerd 书呆子
🥳 partying_face party 庆祝 派对
😏 smirk 得意
😐 neutral_face 无语
😑 expressionless 面无表情
🙄 roll_eyes 白眼
🤔 thinking hmm 思考 想
🤨 raised_eyebrow doubt 怀疑
😬 grimacing 龇牙
😌 relieved 松口气
😔 pensive sad 沉思 失落
😴 sleeping zzz 睡觉 困
🤒 face_with_thermometer ill sick 生病
🤯 exploding_head mind_blown 震惊 爆炸
😕 confused 困惑
🙁 slightly_frowning_face sad 不开心
😮 open_mouth wow 惊讶 哇
😱 scream fear 尖叫 害怕
😢 cry sad tear 哭 难过
😭 sob crying 大哭
😞 disappointed sad 失望
😤 triumph 哼 生气
😠 angry 生气
😡 rage mad 愤怒
🤬 cursing swear 骂
😳 flushed 脸红 震惊
🥺 pleading_face please 可怜 拜托
🤗 hugs hug 拥抱
🤫 shushing_face quiet 嘘 安静
🤐 zipper_mouth_face secret 保密
🤦 facepalm 捂脸
🤷 shrug dunno 耸肩 不知道
🙈 see_no_evil monkey 猴子 没眼看
💀 skull dead 骷髅
👻 ghost 鬼
🤖 robot bot 机器人
💩 poop 便便
👍 thumbsup +1 yes good like 赞 好
👎 thumbsdown -1 no bad 踩 差
👌 ok_hand ok perfect 可以
✌️ v victory peace 胜利 耶
🤞 crossed_fingers luck 祝好运
🤝 handshake deal 握手 合作
👏 clap applause bravo 鼓掌
🙌 raised_hands hooray 举手 万岁
🙏 pray please thanks 谢谢 拜托
💪 muscle strong 加油 强
👋 wave hello bye 你好 再见
✋ raised_hand stop 举手 停
👀 eyes look 看 眼睛
👉 point_right 右
👈 point_left 左
👆 point_up_2 up 上
👇 point_down down 下
✍️ writing_hand write 写
🧠 brain 大脑
❤️ heart love 爱 心
🧡 orange_heart 橙心
💛 yellow_heart 黄心
💚 green_heart 绿心
💙 blue_heart 蓝心
💜 purple_heart 紫心
🖤 black_heart 黑心
💔 broken_heart 心碎
💕 two_hearts love 爱心
💯 100 perfect 满分
✨ sparkles new 闪亮
⭐ star 星星
🌟 star2 星星
🔥 fire hot lit 火 棒
💥 boom explosion 爆炸
⚡ zap lightning fast 闪电 快
💡 bulb idea light 主意 灯
🎉 tada party celebrate congratulations 庆祝 恭喜
🎊 confetti_ball party 庆祝
🎁 gift present 礼物
🎂 birthday cake 生日 蛋糕
🎈 balloon party 气球
🏆 trophy win 奖杯 冠军
🥇 1st_place_medal gold 金牌 第一
🎯 dart target goal 目标
🎮 video_game game 游戏
🎵 musical_note music 音乐
🎤 microphone sing 唱歌
🎨 art paint 画
📷 camera photo 相机 照片
🎬 clapper film movie 电影
🚀 rocket launch ship 火箭 发布
✈️ airplane flight travel 飞机
🚗 car 汽车
🚲 bike bicycle 自行车
🚂 train 火车
🚢 ship boat 船
🏠 house home 家
🏢 office work 公司
🌍 earth_africa world globe 地球 世界
🌈 rainbow 彩虹
☀️ sunny sun 太阳 晴
☁️ cloud 云
🌧️ rain 雨
❄️ snowflake snow cold 雪
🌙 moon night 月亮 晚安
🌊 ocean wave 海浪
🌱 seedling plant 发芽
🌳 tree 树
🌹 rose flower 玫瑰 花
🌸 cherry_blossom flower 樱花
🍀 four_leaf_clover luck 幸运
🐶 dog 狗
🐱 cat 猫
🐭 mouse 老鼠
🐰 rabbit 兔子
🦊 fox 狐狸
🐻 bear 熊
🐼 panda 熊猫
🐷 pig 猪
🐸 frog 青蛙
🐵 monkey_face 猴子
🐔 chicken 鸡
🐧 penguin linux 企鹅
🐦 bird 鸟 雨燕
🐴 horse 马
🦄 unicorn 独角兽
🐝 bee 蜜蜂
🐛 bug 虫 故障
🐢 turtle slow 乌龟 慢
🐍 snake python 蛇
🐉 dragon 龙
🐟 fish 鱼
🐙 octopus 章鱼
🐳 whale docker 鲸鱼
☕ coffee 咖啡
🍵 tea 茶
🍺 beer 啤酒
🍻 beers cheers 干杯
🍷 wine 红酒
🥂 clinking_glasses cheers 干杯
🍎 apple 苹果
🍌 banana 香蕉
🍉 watermelon 西瓜
🍓 strawberry 草莓
🍞 bread 面包
🍕 pizza 披萨
🍔 hamburger burger 汉堡
🍟 fries 薯条
🍜 ramen noodles 面条
🍚 rice 米饭
🥟 dumpling 饺子
🍣 sushi 寿司
🍰 cake 蛋糕
🍪 cookie 饼干
🍫 chocolate 巧克力
🍿 popcorn 爆米花 吃瓜
⚽ soccer football 足球
🏀 basketball 篮球
🏓 ping_pong 乒乓球
⌛ hourglass wait 沙漏 等
⏰ alarm_clock time 闹钟 时间
📅 date calendar 日历 日期
📌 pushpin pin 图钉
📎 paperclip attachment 附件
📝 memo note 笔记 备忘
📚 books read 书
📖 book read 书
📦 package 包裹
📧 email mail 邮件
📞 phone call 电话
📱 iphone mobile 手机
💻 computer laptop 电脑
⌨️ keyboard 键盘
🖨️ printer 打印机
💾 floppy_disk save 保存
🔋 battery 电池
🔌 plug power 插头
🔍 mag search 搜索
🔒 lock secure 锁 安全
🔑 key 钥匙
🔨 hammer build 锤子
🔧 wrench fix 修理 扳手
⚙️ gear settings 设置 齿轮
🧪 test_tube test 测试
🔗 link 链接
📈 chart up growth 上涨 图表
📉 chart_down decline 下跌
💰 moneybag money 钱
💎 gem diamond 钻石
🗑️ wastebasket trash 垃圾桶 删除
✅ white_check_mark check done yes 完成 对
❌ x no wrong 错 不
⚠️ warning 警告
🚫 no_entry_sign forbidden 禁止
⛔ no_entry 禁止
❓ question 问题 疑问
❗ exclamation important 重要 感叹
➕ plus add 加
➖ minus 减
🔴 red_circle 红
🟡 yellow_circle 黄
🟢 green_circle 绿
🔵 blue_circle 蓝
⬆️ arrow_up up 上
⬇️ arrow_down down 下
➡️ arrow_right right 右
⬅️ arrow_left left 左
🔄 arrows_counterclockwise refresh reload 刷新
🆕 new 新
🆗 ok 好
🆘 sos help 求救
🔔 bell notification 铃 通知
🔕 no_bell mute 静音
📣 mega announcement 公告 喇叭
💬 speech_balloon chat 聊天 消息
💤 zzz sleep 睡
🏁 checkered_flag finish 终点
🚩 triangular_flag_on_post flag 旗
🧧 red_envelope 红包
🏮 lantern 灯笼
🧨 firecracker 鞭炮
🀄 mahjong 麻将
`;

/** @type {{emoji: string, words: string[]}[]} */
export const EMOJI_NAMES = TABLE.trim().split("\n").map((line) => {
    const [emoji, ...words] = line.split(" ");
    return { emoji, words };
});
