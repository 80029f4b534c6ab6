import time
from pathlib import Path

import pytest
import yaml

from core.content import ContentError
from core.escape import Wishes, wish_for_human
from core.text import fold

WISHES = Wishes.from_mapping(
    yaml.safe_load((Path(__file__).parents[2] / "content/escape.yml").read_text(encoding="utf-8"))
)


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


WANTS_A_HUMAN = lines("""
    0
    00
    ０
    人工
    人工。
    人工！
    人工客服
    人工服务
    我要人工
    我要人工客服
    转人工
    请转人工
    转人工客服谢谢
    给我转人工
    帮我转一下人工
    接人工
    找人工
    找人工客服
    要人工
    能不能转人工
    可以转人工吗
    转接人工
    叫人工来
    人工在吗
    有人工吗
    人工呢
    真人
    我要真人
    找个真人
    转真人
    有没有真人
    你是真人吗
    能换个真人跟我说吗
    活人
    有活人吗
    给我来个活人
    找个活人来说话
    接线员
    转接线员
    帮我接接线员
    话务员
    客服小姐姐在吗
    客服小姐姐不要机器人
    不要机器人
    我不要跟机器人说话
    别跟我扯机器人
    不想和机器人聊
    你个机器人听不懂
    让你们领导接电话
    找你们领导
    我要找你们领导
    叫你们领导来
    找你们经理
    叫你们经理来
    把你们经理叫来
    让你们主管给我打电话
    叫主管
    找主管
    叫你们老板来
    叫你们老板出来
    找你们负责人
    让负责人跟我说
    找个能管事的
    换个能做主的来
    我要跟人说话
    我想跟人说
    跟人讲行吗
    能不能找个人跟我说
    给我找个人
    换个人来
    来个人啊
    有人吗
    有没有人
    找人
    转客服
    我要找客服
    帮我转客服
    在线客服
    按0
    我按零了
    别自动回复了转人工
    你解决不了就转人工
    气死我了快点转人工
    都说了三遍了我要人工服务
    不是人工智能，我要人工
    人工智能不行，转人工
    刚才人工说给我退，你再给我转人工
    让你们客服经理来
    叫你们店长来
    喊你们站长来接电话
    找你们总部负责人
    让个人给我回电话
    我不跟机器说话找个人
    能喘气的来一个
    不要语音助手
    换人工
    麻烦转下人工
    请帮我接人工坐席
    """)

DOES_NOT = lines("""
    人工智能
    你们这个人工智能太笨
    人工费太贵了
    人工费收了我三百
    人工费和材料费一共八百
    材料加人工一共收了我一千二
    刚才人工说三天内给我退
    昨天人工客服说今天到
    上次人工台说了会处理
    人工说今天给我回电话
    人工客服答应给我补发
    扫地机器人坏了
    我买的扫地机器人不动了
    扫地机器人不走了怎么办
    不要这台扫地机器人了退货
    手工做的面条发霉了
    手工打磨的桌子有划痕
    不用人工
    不用转人工
    不用转人工了，你记下就行
    先不转人工
    不需要人工客服
    别转人工
    不要人工，你帮我登记
    不用找领导，登记就行
    人工湖边上的路灯坏了
    人工草坪掉色
    人工降雨的时候停电了
    人工呼吸
    人工成本高不是理由
    人工搬上楼收了我两百
    人工安装费多收了
    快递被人拿走了
    家里没有人
    我家有老人
    送货的人态度差
    安装的人没来
    没人来修
    没人接电话
    没有人管
    师傅说人手不够
    有人签收了不是我
    货送到的时候家里没人
    别人的快递送我家了
    我找人修花了两百
    找师傅修了三次
    经理说给我赔，到现在没赔
    店长骂我
    你们经理态度特别差
    昨天你们经理说今天来
    上次主管答应给我退款
    老板说不退
    真人秀节目里的同款
    和真人一样大的玩偶坏了
    气死活人
    零食过期了
    零件坏了
    昨天零点下的单
    10点送来的
    订单金额100元
    转账转错了
    帮我转告司机别打电话
    客服电话打不通
    客服态度太差
    客服挂我电话
    你们客服骂人
    找不到人
    快点派人来修
    师傅什么时候来人看看
    按0.5折算的
    一个人在家
    两个人抬不动
    """)


@pytest.mark.parametrize("said", WANTS_A_HUMAN)
def test_a_wish_for_a_human_is_heard(said: str) -> None:
    assert wish_for_human(fold(said), WISHES)


@pytest.mark.parametrize("said", DOES_NOT)
def test_a_look_alike_rings_nobody(said: str) -> None:
    assert wish_for_human(fold(said), WISHES) is None


def test_the_words_that_decided_are_returned() -> None:
    assert wish_for_human("气死我了转人工", WISHES) == "人工"
    assert wish_for_human("0", WISHES) == "0"
    assert wish_for_human("", WISHES) is None


def test_traditional_characters_are_heard_after_folding() -> None:
    assert wish_for_human(fold("轉人工", lambda text: text.replace("轉", "转")), WISHES)


def test_a_thousand_characters_take_under_a_fifth_of_a_millisecond() -> None:
    text = ("我上个月在你们这儿买的东西到现在没有收到,坏了三成,一点消息没有,电话打不通," * 40)[:1000]
    best = 1.0
    for _ in range(20):
        start = time.perf_counter()
        wish_for_human(text, WISHES)
        best = min(best, time.perf_counter() - start)
    assert best < 0.0002 * 2  # twice the promise: a slow machine under load


def test_a_pasted_novel_is_read_at_both_ends_only() -> None:
    assert wish_for_human("好" * 50_000 + "转人工", WISHES)


def test_a_broken_pattern_is_refused_with_its_place() -> None:
    with pytest.raises(ContentError, match=r"escape.yml.anywhere.patterns|escape.yml.anywhere"):
        Wishes.from_mapping({"alone": ["0"], "anywhere": {"patterns": ["(人工"]}})
