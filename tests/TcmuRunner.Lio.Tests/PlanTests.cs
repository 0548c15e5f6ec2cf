// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;

namespace TcmuRunner.Lio.Tests;

/// <summary>Applying a desired state: the diff says what is done, and doing it leaves no difference.</summary>
public sealed class PlanTests : LioTest
{
    [Fact]
    public void Nothing_is_done_when_all_is_as_it_shall_be()
    {
        _ = new Lun(NewTpg(), 0, NewDisk());
        int before = Files.Log.Count;

        ConfigurationPlan plan = Root.Plan(Root.Dump());

        Assert.Empty(plan.Changes);
        Assert.Empty(plan.Apply());
        Assert.Equal(before, Files.Log.Count);
    }

    [Fact]
    public void A_difference_is_a_line_and_looking_changes_nothing()
    {
        Tpg tpg = NewTpg();
        _ = new Lun(tpg, 0, NewDisk());
        JsonObject desired = Root.Dump();
        JsonNode disk = desired["storage_objects"]![0]!;
        disk["size"] = 2 << 20;
        disk["attributes"]!["emulate_write_cache"] = 1;
        JsonNode group = desired["targets"]![0]!["tpgs"]![0]!;
        group["enable"] = true;
        group["chap_password"] = "secret of 12";
        ((JsonArray)group["portals"]!).Add(new JsonObject { ["ip_address"] = "::1", ["port"] = 3260 });
        int before = Files.Log.Count;

        ConfigurationPlan plan = Root.Plan(desired);

        Assert.Equal(
            """
            ~ /backstores/user/disk1 size: 1048576 -> 2097152
            ~ /backstores/user/disk1 emulate_write_cache: 0 -> 1
            + iscsi/iqn.2003-01.org.example:t1/tpg1/::1:3260
            ~ iscsi/iqn.2003-01.org.example:t1/tpg1 chap_password: (not set) -> ***
            ~ iscsi/iqn.2003-01.org.example:t1/tpg1 enable: 0 -> 1
            """,
            plan.ToString());
        Assert.Equal(before, Files.Log.Count);
        var told = new List<string>();
        Assert.Empty(plan.Apply(new Recorder(told)));
        Assert.Equal(5, told.Count);
        Assert.Empty(Root.Plan(desired).Changes);
        Assert.Equal(2 << 20, new UserStorageObject(Root, "disk1").SizeBytes);
        Assert.True(tpg.Enabled);
    }

    [Fact]
    public void What_cannot_be_changed_is_made_anew_with_what_hangs_on_it()
    {
        Tpg tpg = NewTpg();
        var ram = new RamDiskStorageObject(Root, "ram", 4096, "11111111-2222-3333-4444-555555555555");
        var other = new Lun(tpg, 1, NewDisk());
        _ = new MappedLun(new NodeAcl(tpg, "iqn.2004-03.com.example:a"), 4, new Lun(tpg, 0, ram));
        JsonObject desired = Root.Dump();
        desired["storage_objects"]!.AsArray().Single(item => item!["name"]!.ToString() == "ram")!["size"] = 8192;

        ConfigurationPlan plan = Root.Plan(desired);

        Assert.Equal(
            """
            - iscsi/iqn.2003-01.org.example:t1/tpg1/iqn.2004-03.com.example:a/lun4 (its LUN is made anew)
            - iscsi/iqn.2003-01.org.example:t1/tpg1/lun0 (its storage object is made anew)
            - /backstores/ramdisk/ram (its size is 4096 and shall be 8192)
            + /backstores/ramdisk/ram
            + iscsi/iqn.2003-01.org.example:t1/tpg1/lun0
            + iscsi/iqn.2003-01.org.example:t1/tpg1/iqn.2004-03.com.example:a/lun4
            """,
            plan.ToString());
        Assert.Empty(plan.Apply());
        Assert.Empty(Root.Plan(desired).Changes);
        Assert.True(other.Exists);
        Assert.Equal("ramdisk/ram", Root.MappedLuns.Single().Lun.StorageObject.ToString());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "storage_objects": [] }""")]
    [InlineData("""{ "targets": [] }""")]
    public void An_incomplete_file_does_not_mean_that_all_shall_go(string json)
    {
        NewDisk();

        Fails(LioErrorKind.SavedFile, () => Root.Plan((JsonObject)JsonNode.Parse(json)!));
    }

    [Fact]
    public void Empty_lists_mean_that_all_shall_go()
    {
        _ = new Lun(NewTpg(), 0, NewDisk());

        Assert.Empty(Root.Plan((JsonObject)JsonNode.Parse("""{ "storage_objects": [], "targets": [] }""")!).Apply());

        Assert.Empty(Root.StorageObjects);
        Assert.Empty(Root.Targets);
    }

    [Fact]
    public void Any_state_can_be_reached_from_any_other() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(12),
        Prop.ForAll((int from, int to) =>
        {
            Root.Clear();
            Assert.Empty(Root.Restore(RandomState(new Random(from))));
            JsonObject desired = RandomState(new Random(to));

            IReadOnlyList<string> problems = Root.Plan(desired).Apply();

            Assert.Empty(problems);
            Assert.Equal("", Root.Plan(desired).ToString());
            JsonObject reached = Root.Dump();
            Root.Clear();
            Assert.Empty(Root.Restore(reached));
            Assert.Equal("", Root.Plan(desired).ToString());
        }));

    private static JsonObject RandomState(Random random)
    {
        List<JsonObject> storage = [.. Enumerable.Range(0, 4).Where(_ => random.Next(4) > 0).Select(number => RandomStorage(random, number))];
        return new JsonObject
        {
            ["storage_objects"] = new JsonArray([.. storage]),
            ["targets"] = new JsonArray([.. Enumerable.Range(0, 2).Where(_ => random.Next(4) > 0).Select(number => RandomTarget(random, number, storage))]),
        };
    }

    private static JsonObject RandomStorage(Random random, int number)
    {
        var storage = new JsonObject { ["name"] = "s" + number.ToString(CultureInfo.InvariantCulture), ["size"] = 4096 * random.Next(1, 4) };
        if (random.Next(2) == 0)
        {
            storage["plugin"] = "ramdisk";
        }
        else
        {
            storage["plugin"] = "user";
            storage["config"] = "file//" + random.Next(2).ToString(CultureInfo.InvariantCulture);
            storage["hw_max_sectors"] = 128 << random.Next(2);
            storage["control"] = "max_data_area_mb=" + (64 << random.Next(2)).ToString(CultureInfo.InvariantCulture);
        }

        storage["attributes"] = new JsonObject { ["emulate_tas"] = random.Next(2) };
        storage["alua_tpgs"] = new JsonArray([.. Enumerable.Range(2, random.Next(2)).Select(id => new JsonObject { ["name"] = "g", ["tg_pt_gp_id"] = id, ["preferred"] = random.Next(2) })]);
        return storage;
    }

    private static JsonObject RandomTarget(Random random, int number, List<JsonObject> storage) => new()
    {
        ["fabric"] = "iscsi",
        ["wwn"] = "iqn.2003-01.org.example:t" + number.ToString(CultureInfo.InvariantCulture),
        ["tpgs"] = new JsonArray([.. Enumerable.Range(1, random.Next(3)).Select(tag => RandomGroup(random, tag, storage))]),
    };

    private static JsonObject RandomGroup(Random random, int tag, List<JsonObject> storage)
    {
        List<int> luns = [.. Enumerable.Range(0, storage.Count == 0 ? 0 : 3).Where(_ => random.Next(2) == 0)];
        var group = new JsonObject
        {
            ["tag"] = tag,
            ["enable"] = random.Next(2) == 0,
            ["attributes"] = new JsonObject { ["authentication"] = random.Next(2) },
            ["luns"] = new JsonArray([.. luns.Select(number =>
            {
                JsonObject behind = storage[random.Next(storage.Count)];
                return new JsonObject { ["index"] = number, ["storage_object"] = $"/backstores/{behind["plugin"]}/{behind["name"]}" };
            })]),
            ["portals"] = new JsonArray([.. Enumerable.Range(0, random.Next(2)).Select(_ => new JsonObject { ["ip_address"] = $"127.0.0.{tag}", ["port"] = 3260 + random.Next(2), ["iser"] = random.Next(2) == 0 })]),
            ["node_acls"] = new JsonArray([.. Enumerable.Range(0, 2).Where(_ => random.Next(2) == 0).Select(number => new JsonObject
            {
                ["node_wwn"] = "iqn.2004-03.com.example:" + (char)('a' + number),
                ["mapped_luns"] = new JsonArray([.. luns.Where(_ => random.Next(2) == 0).Select((lun, index) =>
                    new JsonObject { ["index"] = index, ["tpg_lun"] = lun, ["write_protect"] = random.Next(2) == 0 })]),
            })]),
        };
        if (random.Next(2) == 0)
        {
            group["chap_userid"] = "user" + random.Next(2).ToString(CultureInfo.InvariantCulture);
        }

        return group;
    }

    private sealed class Recorder(List<string> told) : IProgress<ConfigurationChange>
    {
        public void Report(ConfigurationChange value) => told.Add(value.ToString());
    }
}
