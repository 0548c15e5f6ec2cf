// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using TcmuRunner.DBus.Service;
using TcmuRunner.Targets;

namespace TcmuRunner.Tests.Targets;

/// <summary>Changes of a targets file's text.</summary>
public sealed class TargetsDocumentTests
{
    private const string Name = "iqn.2026-11.test:disks";
    private const string Host = "iqn.2026-11.test:host";
    private static readonly ChapSecrets s_secrets = new("user", "a secret of ours", "", "");

    [Fact]
    public void A_target_begins_closed()
    {
        TargetsDocument document = TargetsDocument.Parse("");

        document.Create("IQN.2026-11.test:Disks", 1, ["127.0.0.1:3260", "[::1]", "192.0.2.1"]);

        JsonNode group = Group(document);
        Assert.Equal(Name, (string)Root(document)["targets"]![0]!["wwn"]!);
        Assert.Equal(0, (int)group["attributes"]!["generate_node_acls"]!);
        Assert.Equal(["127.0.0.1 3260", "[::1] 3260", "192.0.2.1 3260"], group["portals"]!.AsArray().Select(portal => $"{portal!["ip_address"]} {portal["port"]}"));
    }

    [Fact]
    public void What_a_change_does_not_concern_stays_as_it_is()
    {
        const string text = """{ "futureKey": { "a": [1, "ü<>&"] }, "targets": [ { "fabric": "loopback", "wwn": "naa.5001405000000001", "note": "mine" } ] }""";
        TargetsDocument document = TargetsDocument.Parse(text);

        document.Create(Name, 1, []);
        document.Delete(Name);

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(text), Root(document)), document.ToText());
        Assert.Contains("ü<>&", document.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_logical_unit_gets_the_lowest_free_number_and_every_listed_initiator_sees_it()
    {
        TargetsDocument document = Create();
        document.AddInitiator(Name, 1, Host);

        ushort[] numbers =
        [
            document.AddLun(Name, 1, "file//srv/disk1.img", 1 << 30, 4096, -1),
            document.AddLun(Name, 1, "file//other/disk1.img;ro", 0, 0, 2),
            document.AddLun(Name, 1, "memory/", 512, 0, -1),
        ];

        JsonArray storage = Root(document)["storage_objects"]!.AsArray();
        Assert.Equal([0, 2, 1], numbers.Select(number => (int)number));
        Assert.Equal(["disk1.img", "disk1.img-2", "memory"], storage.Select(item => (string)item!["name"]!));
        Assert.Equal(3, storage.Select(item => Guid.Parse((string)item!["wwn"]!)).Distinct().Count());
        Assert.Equal((4096, 1L << 30), ((int)storage[0]!["attributes"]!["block_size"]!, (long)storage[0]!["size"]!));
        Assert.Null(storage[1]!["size"]);
        Assert.Equal([0, 2, 1], Group(document)["node_acls"]![0]!["mapped_luns"]!.AsArray().Select(mapping => (int)mapping!["tpg_lun"]!));
    }

    [Fact]
    public void A_storage_object_goes_with_its_last_logical_unit()
    {
        TargetsDocument document = Create();
        document.AddInitiator(Name, 1, Host);
        document.AddLun(Name, 1, "file//srv/a", 0, 0, 0);
        document.AddLun(Name, 1, "a", 0, 0, 1);

        document.RemoveLun(Name, 1, 0);
        int left = Root(document)["storage_objects"]!.AsArray().Count;
        document.RemoveLun(Name, 1, 1);

        Assert.Equal(1, left);
        Assert.Empty(Root(document)["storage_objects"]!.AsArray());
        Assert.Empty(Group(document)["node_acls"]![0]!["mapped_luns"]!.AsArray());
    }

    [Fact]
    public void Secrets_turn_authentication_on_and_their_removal_turns_it_off()
    {
        TargetsDocument document = Create();
        document.AddInitiator(Name, 1, Host);

        document.SetChap(Name, 1, Host, s_secrets with { MutualUser = "us", MutualSecret = "another" });
        bool isOn = (int)Group(document)["attributes"]!["authentication"]! == 1;
        TargetsException refused = Assert.Throws<TargetsException>(() => document.SetChap(Name, 1, "", new ChapSecrets("", "", "", "")));
        document.SetChap(Name, 1, Host, new ChapSecrets("", "", "", ""));
        document.SetChap(Name, 1, "", new ChapSecrets("", "", "", ""));

        Assert.True(isOn);
        Assert.Contains("has secrets of its own", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, (int)Group(document)["attributes"]!["authentication"]!);
        Assert.DoesNotContain("secret", document.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Discovery_has_secrets_of_its_own()
    {
        TargetsDocument document = TargetsDocument.Parse("");

        document.SetDiscoveryChap(s_secrets);

        Assert.Equal(
            """{"name":"iscsi","discovery_userid":"user","discovery_password":"a secret of ours","discovery_enable_auth":true}""",
            Root(document)["fabric_modules"]![0]!.ToJsonString());
    }

    [Fact]
    public void Everybody_may_be_let_in()
    {
        TargetsDocument document = Create();

        document.SetAnyInitiator(Name, 1, isAllowed: true, isReadOnly: false);
        document.SetEnabled(Name, 1, false);

        Assert.Equal((1, 0), ((int)Group(document)["attributes"]!["generate_node_acls"]!, (int)Group(document)["attributes"]!["demo_mode_write_protect"]!));
        Assert.False((bool)Group(document)["enable"]!);
    }

    [Fact]
    public void What_cannot_be_is_refused_with_the_reason_and_without_secrets()
    {
        TargetsDocument document = Create();
        document.AddInitiator(Name, 1, Host);
        document.AddLun(Name, 1, "memory/", 512, 0, 0);
        (Action Change, string Reason)[] wrong =
        [
            (() => document.Create(Name, 1, []), "There is a target"),
            (() => document.Create("disks", 1, []), "begins neither with"),
            (() => document.Create(Name + "2", 0, []), "1 to 65535"),
            (() => document.Create(Name + "2", 1, ["localhost"]), "'localhost' is no portal"),
            (() => document.Delete("iqn.x"), "There is no target 'iqn.x'"),
            (() => document.AddPortal(Name, 2, "127.0.0.1:3260"), "portal group 2"),
            (() => document.AddPortal(Name, 1, "127.0.0.1:3260"), "already"),
            (() => document.AddPortal(Name, 1, "127.0.0.1:0"), "is no portal"),
            (() => document.AddPortal(Name, 1, "127.0.0.1:70000"), "is no portal"),
            (() => document.RemovePortal(Name, 1, "127.0.0.2:3260"), "has no portal 127.0.0.2:3260"),
            (() => document.AddLun(Name, 1, "memory/", 512, 0, 0), "has a LUN 0 already"),
            (() => document.AddLun(Name, 1, "memory/", 512, 0, 16384), "16383 is the last"),
            (() => document.AddLun(Name, 1, "nothing", 512, 0, 1), "neither a storage object"),
            (() => document.AddLun(Name, 1, "memory/", ulong.MaxValue, 0, 1), "no size"),
            (() => document.RemoveLun(Name, 1, 7), "has no LUN 7"),
            (() => document.ResizeLun(Name, 1, 0, 0), "no size"),
            (() => document.AddInitiator(Name, 1, Host), "already"),
            (() => document.AddInitiator(Name, 1, "host"), "begins neither with"),
            (() => document.RemoveInitiator(Name, 1, "iqn.y"), "has no initiator 'iqn.y'"),
            (() => document.SetChap(Name, 1, "iqn.y", s_secrets), "has no initiator 'iqn.y'"),
            (() => document.SetChap(Name, 1, Host, s_secrets with { Secret = "" }), "is empty"),
            (() => document.SetChap(Name, 1, Host, s_secrets with { User = "", MutualUser = "us" }), "both directions"),
        ];
        string before = document.ToText();

        foreach ((Action change, string reason) in wrong)
        {
            TargetsException exception = Assert.Throws<TargetsException>(change);
            Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(s_secrets.Secret, exception.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, document.ToText());
        Assert.DoesNotContain(s_secrets.Secret, s_secrets.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ // mine\n }")]
    [InlineData("[]")]
    [InlineData("{")]
    public void A_file_that_could_not_be_written_again_is_not_changed(string text) => Assert.Throws<TargetsException>(() => TargetsDocument.Parse(text));

    private static TargetsDocument Create()
    {
        TargetsDocument document = TargetsDocument.Parse("");
        document.Create(Name, 1, ["127.0.0.1:3260"]);
        return document;
    }

    private static JsonNode Root(TargetsDocument document) => JsonNode.Parse(document.ToText())!;

    private static JsonNode Group(TargetsDocument document) => Root(document)["targets"]![0]!["tpgs"]![0]!;
}
