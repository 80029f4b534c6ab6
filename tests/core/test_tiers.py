from pathlib import Path

import pytest
import yaml

from core.content import ContentError
from core.text import fold
from core.tiers import CERTAIN, UNCLEAR, Rules
from tests.fakes.grading import flags_of, grade, tier_of

CONTENT = yaml.safe_load((Path(__file__).parents[2] / "content/tiers.yml").read_text(encoding="utf-8"))
RULES = Rules.from_mapping(CONTENT)


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().split("\n")]


RAISES = {
    "legal": lines("""
        我要告你们
        再不退款我就去法院告你们
        准备起诉你们公司
        咱们法庭见
        法院见
        我找律师了
        我已经咨询过律师
        不行就打官司
        我会走法律程序
        走法律途径解决
        用法律武器维护我的权益
        你们要承担法律责任
        你们这是违法的
        收到律师函别后悔
        我要申请仲裁
        按消法假一赔三
        告到你们赔为止
        我就不信告不倒你们
        材料都准备好了，明天就去立案
        告你们欺诈
        我要去告你
        法律上见吧
        你们等着吃官司
        根据消费者权益保护法要三倍赔偿
        """),
    "regulator": lines("""
        我打12315投诉你们
        已经找过消协了
        我要去工商局告你们
        去市场监管局举报
        我打12345
        打市长热线反映
        银保监会投诉
        我找工信部
        向通信管理局申诉
        邮政管理局见
        拨打12378
        315曝光你们
        我去打315
        我要实名举报
        不处理我就去信访
        找纪委反映
        你们主管部门是哪个，我去投诉
        去物价局投诉你们
        我报警了
        到派出所报案
        """),
    "media": lines("""
        我要曝光你们
        找记者来
        联系电视台
        发到网上让大家看看
        发抖音
        我发微博
        挂到小红书上去
        让媒体来评评理
        上热搜吧你们
        给你们发朋友圈
        拍视频发出去
        我发网上去
        抖音上曝光
        已经发到抖音上了
        我联系了帮忙栏目
        让全网看看你们的嘴脸
        写成帖子发帖
        找新闻媒体曝光
        做成视频发快手
        上电视曝光你们
        """),
    "safety": lines("""
        家里煤气漏气了
        厨房一股燃气味
        热水器漏电把我电到了
        插座冒烟了
        充电宝爆炸了
        手机充电的时候着火了
        我妈摔骨折了
        孩子手被夹了流血了
        吊顶掉下来砸到人了
        玻璃砸到我头了
        吃了你们的东西上吐下泻
        一家人食物中毒住院了
        我被烫伤了
        工人触电了
        老人被困在电梯里
        刹车失灵差点出人命
        孩子误吞了零件
        被玻璃划伤手了缝了五针
        人已经送医院了
        电线短路起火
        天然气管道在漏，嘶嘶响
        洗衣机着火了
        师傅从梯子上摔下来昏迷了
        电池鼓包冒烟
        """),
    "self_harm": lines("""
        我不想活了
        活着没意思
        钱要不回来我就跳楼
        你们逼死我算了
        我要死给你们看
        我真的撑不住了
        遗书都写好了
        不如死了算了
        我去死算了
        我从楼上跳下去
        喝农药死了算了
        没有活路了
        """),
    "violence": lines("""
        我拿刀去找你们
        我砍死你
        信不信我砸了你们店
        我要跟你们同归于尽
        一把火烧了你们
        我弄死你
        司机打我
        保安动手打人
        送货的推了我
        带汽油去你们公司
        """),
    "privacy": lines("""
        你们泄露我的个人信息
        把我的电话给了被投诉的人
        我的身份证被冒用了
        客户信息被卖了
        骗子知道我的订单信息
        快递员把我的地址发到群里
        我的银行卡被盗刷
        你们把我手机号告诉别人
        """),
    "group": lines("""
        我们二十多户都停水了
        十几户都没气
        我们20多个业主一起来
        三十几个人都上当了
        我们小区一百多户业主
        集体投诉
        我们要联名投诉
        整栋楼都没水
        五十名消费者
        """),
    "staff_conduct": lines("""
        你们营业员骂我
        快递员冲我吼
        店员说我穷
        客服辱骂客户
        师傅索要红包
        他收了钱不办事，吃回扣
        看不起外地人
        你们歧视残疾人
        维修工私下收费
        """),
    "vulnerable": lines("""
        我妈七十多了不会用手机，柜台不给办
        老人不会扫码你们就不让进
        我坐轮椅，你们门口没有无障碍通道
        只能用手机办，老人怎么办，大爷不会用
        必须本人到场，我爸瘫痪，轮椅上不去
        """),
}

LOOK_ALIKES = {
    "legal": lines("""
        快递放在法院路的驿站了
        我家在法院对面
        货送到法院门口
        我告诉你们三遍了
        没人告诉我
        我在律师楼下等着
        买的民法典少了一本
        法律考试教材缺页
        广告里说三天到
        报告上写着合格
        公告说今天停气
        我是律师，买的椅子坏了
        我没想过打官司
        我不想打官司，就想换货
        我不是要告你们
        司法考试的书没到
        无法庭院那扇门关不上
        你们告知我一下
        看法院线电影买的票没出
        我来告诉你们一声
        送往律师事务所的快递丢了
        法院食堂订的菜坏了
        """),
    "regulator": lines("""
        我工商银行卡扣了两次
        用工商卡付的
        我住315房间
        送到315室
        花了315元
        房号是12315
        烟雾报警器一直响
        冰箱一直报警
        机器总报警
        地址在派出所对面
        送到工商局门口
        订单号12345678
        我是个体工商户
        工商管理专业的书
        胎压报警灯亮了
        税务局旁边那家店
        尾号12345
        我没想举报到哪里
        去派出所办身份证用的照片
        空调报警代码E5
        """),
    "media": lines("""
        相机曝光不准
        镜头曝光过度
        照片曝光不足
        曝光补偿按钮坏了
        多媒体音箱坏了
        在抖音买的衣服掉色
        抖音上买的鞋开胶
        抖音下单三天没发货
        网上买的没到
        小红书看到推荐才买的
        网上说明书打不开
        电视台灯坏了
        手机拍照曝光有问题
        流媒体盒子卡顿
        我在快手直播间买的烟灰缸碎了
        微博看到你们打折
        底片曝光了
        新媒体运营课程退费
        拍个视频给你们看看哪儿坏了
        朋友圈看到的广告
        """),
    "safety": lines("""
        没有人受伤
        人没受伤就是货碎了
        没漏气
        没有着火
        没有人员受伤
        气死我了
        我肺都气炸了
        价格爆炸
        电话都打爆了
        快递爆仓了
        自行车胎漏气
        气球漏气
        手机电充不到百分之百
        屏幕划伤了
        柜子磕伤了
        送到医院门口的花
        我在医院上班，快递送错了
        信息泄漏
        跳楼价买的
        嗓子都冒烟了
        火锅外卖没到
        买的消防箱少了一个
        房间119
        心态炸了
        急死人了
        天塌了一样
        电脑中毒了
        感情受伤了
        一手货
        漏电保护器跳了
        带电池的玩具少发一个
        纸箱爆了
        床垫塌了
        """),
    "self_harm": lines("""
        跳楼价
        跳楼机排队太久
        支架撑不住
        想死你们家的鸭脖了
        电池快撑不住了
        笑死我不活了
        热得想死
        孩子喝药要用的杯子没到
        """),
    "violence": lines("""
        我打你们电话没人接
        拼多多上买的
        我打了你们三次电话
        砍了半天价
        拿刀拆快递划坏了
        说话老被打断
        箱子被打开过
        司机打我电话我没接到
        箱子被打湿了
        我拼命催你们
        """),
    "privacy": lines("""
        隐私政策在哪里看
        请不要泄露我的信息
        物流信息三天没更新
        """),
    "group": lines("""
        我家三户人家合用
        住十二楼
        买了二十个
        一百多块
        我们两户共用一个表
        十几天了
        """),
    "staff_conduct": lines("""
        我都想骂人了
        领红包的活动过期了
        微信红包没到账
        老板骂我让我催你们
        几点打点滴
        """),
    "vulnerable": lines("""
        给我妈买的手机坏了
        送给老人的东西没到
        """),
}


def flags(said: str) -> set[str]:
    return set(flags_of(grade(fold(said), RULES)))


@pytest.mark.parametrize(
    ("flag", "said"), [(flag, said) for flag, all_said in RAISES.items() for said in all_said]
)
def test_these_words_raise(flag: str, said: str) -> None:
    raised = [reason for reason in grade(fold(said), RULES) if reason.flag == flag]
    assert raised
    assert raised[0].words in fold(said)
    assert tier_of(raised) >= 2


@pytest.mark.parametrize(
    ("flag", "said"), [(flag, said) for flag, all_said in LOOK_ALIKES.items() for said in all_said]
)
def test_these_only_look_alike(flag: str, said: str) -> None:
    assert flag not in flags(said)


@pytest.mark.parametrize(
    "said",
    [
        "煤气漏气了",
        "孩子被烫伤了",
        "我不想活了",
        "我砍死你",
        "你们泄露我的个人信息",
        "我们二十多户都停水了",
        "已经发到抖音上了",
        "收到法院的传票了",
        "我们收到市场监管局的通知书",
    ],
)
def test_the_grave_ones_are_grave(said: str) -> None:
    assert tier_of(grade(fold(said), RULES)) == 3


@pytest.mark.parametrize(
    "said",
    [
        "会不会漏气啊",
        "有没有漏气",
        "燃气灶会不会爆炸",
        "我担心着火",
        "万一触电怎么办",
        "水漏到插座上了",
        "吃完肚子疼",
    ],
)
def test_doubtful_danger_is_unclear_and_a_person_looks(said: str) -> None:
    raised = [reason for reason in grade(fold(said), RULES) if reason.flag == "safety"]
    assert raised
    assert all(reason.certainty == UNCLEAR and reason.level == 2 for reason in raised)


def test_danger_after_a_denial_still_counts() -> None:
    raised = grade(fold("没有人受伤，但是现在还在漏气"), RULES)
    assert [(reason.rule, reason.certainty) for reason in raised] == [("safety_gas", CERTAIN)]


@pytest.mark.parametrize("said", ["没人修漏气的管子", "一直没人来，还在漏气", "没通知就停电，老人摔伤了"])
def test_a_not_that_denies_something_else_hides_no_danger(said: str) -> None:
    assert "safety" in flags(said)


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({"amount": 5000}, "claimed_loss"),
        ({"contacts": 3}, "third_contact"),
        ({"mood": 3}, "anger"),
        ({"flags": {"promise_missed"}}, "promise_missed"),
    ],
)
def test_counts_raise_to_two(given: dict, rule: str) -> None:
    assert [(reason.level, reason.rule) for reason in grade("", RULES, **given)] == [(2, rule)]


def test_just_below_each_limit_nothing_is_raised() -> None:
    assert grade("", RULES, amount=4999, contacts=2, mood=2) == []
    assert tier_of([]) == 1


def test_nothing_lowers() -> None:
    assert tier_of(grade("没事了", RULES), at_least=3) == 3


def test_the_gravest_reason_stands_first() -> None:
    raised = grade(fold("我要告你们，煤气漏气了"), RULES)
    assert [reason.level for reason in raised] == [3, 2]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"rules": [{"id": "a", "level": 4, "words": ["x"]}]}, "from 2 to 3"),
        ({"rules": [{"id": "a", "level": 2, "words": ["x"]}] * 2}, "stands twice"),
        ({"rules": [{"id": "a", "level": 2, "flag": "law", "words": ["x"]}]}, "unknown flag"),
        ({"rules": [{"id": "a", "level": 2, "wrods": ["x"]}]}, "unknown name"),
        ({"limits": {"amount": 0, "contacts": 3, "mood": 3}}, "at least 1"),
        ({"rules": [{"id": "a", "level": 2, "words": [119]}]}, "put it in quotes"),
    ],
)
def test_broken_content_is_refused_in_words(change: dict, complaint: str) -> None:
    with pytest.raises(ContentError, match=complaint):
        Rules.from_mapping({**CONTENT, **change})
