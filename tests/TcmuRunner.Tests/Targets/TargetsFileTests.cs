// SPDX-License-Identifier: Apache-2.0
using System.Net;
using TcmuRunner.Iscsi.Login;
using TcmuRunner.Iscsi.Targets;
using TcmuRunner.Scsi;
using TcmuRunner.Targets;

namespace TcmuRunner.Tests.Targets;

/// <summary>The targets file, with the text that targetcli-fb 2.1.53 writes, shortened.</summary>
public sealed class TargetsFileTests
{
    private const string Saved = """
        {
          "fabric_modules": [ { "discovery_enable_auth": true, "discovery_userid": "seeker", "discovery_password": "a long secret", "name": "iscsi" } ],
          "storage_objects": [
            { "attributes": { "block_size": 4096, "emulate_write_cache": 1, "unknown": 7 }, "config": "file//srv/disk1.img", "name": "disk1",
              "plugin": "user", "size": 1073741824, "wwn": "5e2a2a4c-5d6c-4c1e-8d43-6b2d1a8e1d11" },
            { "dev": "/dev/sdb", "name": "other", "plugin": "block", "wwn": "x" } ],
          "targets": [ { "fabric": "loopback", "wwn": "naa.5001405000000001" },
            { "fabric": "iscsi", "wwn": "iqn.2003-01.org.linux-iscsi.Host:sn.1", "tpgs": [ {
              "attributes": { "authentication": 1, "generate_node_acls": 0, "default_cmdsn_depth": 64 }, "enable": true, "tag": 1,
              "luns": [ { "index": 0, "storage_object": "/backstores/user/disk1", "alua_tg_pt_gp_name": "default_tg_pt_gp" } ],
              "node_acls": [ { "chap_userid": "user", "chap_password": "secret one", "chap_mutual_userid": "us", "chap_mutual_password": "secret two",
                "mapped_luns": [ { "index": 5, "tpg_lun": 0, "write_protect": true } ], "node_wwn": "iqn.1993-08.org.debian:01:abc" } ],
              "parameters": { "DataDigest": "None", "InitialR2T": "Yes", "MaxBurstLength": "262144", "FirstBurstLength": "65536" },
              "portals": [ { "ip_address": "0.0.0.0", "iser": false, "port": 3260 }, { "ip_address": "[::1]", "port": 3261 } ] } ] } ]
        }
        """;

    [Fact]
    public void Storage_objects_of_the_user_plugin_are_read() => Assert.Equal(
        [new StorageDescription("disk1", "file//srv/disk1.img", 1L << 30, 4096, "5e2a2a4c-5d6c-4c1e-8d43-6b2d1a8e1d11", true)],
        TargetsFile.Parse(Saved).Storage);

    [Fact]
    public async Task Targets_of_the_iscsi_fabric_are_read()
    {
        await using LogicalUnit unit = await OpenAsync();

        TargetConfiguration configuration = TargetsFile.Parse(Saved).ToConfiguration(name => name == "disk1" ? unit : null);

        TargetNode node = Assert.Single(configuration.Nodes);
        PortalGroup group = Assert.Single(node.PortalGroups);
        InitiatorRule rule = Assert.Single(group.Initiators);
        Assert.Equal("iqn.2003-01.org.linux-iscsi.host:sn.1", node.Name);
        Assert.Equal([new Portal(IPEndPoint.Parse("0.0.0.0:3260")), new Portal(IPEndPoint.Parse("[::1]:3261"))], group.Portals);
        Assert.Equal([new LunMapping(0, unit)], group.Luns);
        Assert.Equal("iqn.1993-08.org.debian:01:abc", rule.Name);
        Assert.Equal(new Authentication(new("user", "secret one"), new("us", "secret two")), rule.Authentication);
        Assert.Equal([new LunMapping(5, unit, IsReadOnly: true)], rule.Luns);
        Assert.False(group.AllowsAnyInitiator);
        Assert.Equal(
            (true, DigestChoice.None, 262144, 65536, 64),
            (group.Parameters.InitialR2T, group.Parameters.DataDigest, group.Parameters.MaximumBurstLength, group.Parameters.FirstBurstLength, group.Parameters.QueueDepth));
        Assert.Equal(new Authentication(new("seeker", "a long secret")), configuration.DiscoveryAuthentication);
    }

    [Theory]
    [InlineData("\"port\": 3261", "\"port\": 99999", "targets[1].tpgs[0].portals[1].port: is 99999")]
    [InlineData("\"tag\": 1", "\"tag\": \"one\"", "targets[1].tpgs[0].tag: is not a whole number")]
    [InlineData("backstores/user/disk1", "backstores/block/other", "targets[1].tpgs[0].luns[0].storage_object")]
    [InlineData("\"tpg_lun\": 0", "\"tpg_lun\": 1", "targets[1].tpgs[0].node_acls[0].mapped_luns[0].tpg_lun: the TPG has no LUN 1")]
    [InlineData("\"chap_userid\": \"user\"", "\"chap_userid\": \"\"", "targets[1].tpgs[0].node_acls[0]: authentication is on")]
    [InlineData("\"DataDigest\": \"None\"", "\"DataDigest\": \"MD5\"", "targets[1].tpgs[0].parameters.DataDigest")]
    [InlineData("iqn.2003-01", "dqn.2003-01", "targets[1].wwn")]
    [InlineData("default_tg_pt_gp", "ao", "targets[1].tpgs[0].luns[0].alua_tg_pt_gp_name: the storage object 'disk1' has no group 'ao'")]
    [InlineData("\"config\":", "\"alua_tpgs\": [ { \"name\": \"ao\", \"tg_pt_gp_id\": 0 } ], \"config\":", "storage_objects[0].alua_tpgs[0].tg_pt_gp_id: is 0")]
    [InlineData("\"discovery_password\"", "\"discovery_passwort\"", "fabric_modules[0]: 'discovery_password' is missing")]
    public async Task What_is_wrong_is_named_by_its_place(string right, string wrong, string message)
    {
        await using LogicalUnit unit = await OpenAsync();
        string text = Saved.Replace(right, wrong, StringComparison.Ordinal);

        TargetsException exception = Assert.Throws<TargetsException>(
            () => TargetsFile.Parse(text).ToConfiguration(name => name == "disk1" ? unit : null));

        Assert.StartsWith(message, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>As ceph-iscsi writes them: the other gateway's portal group is there too, and is not enabled.</summary>
    [Fact]
    public async Task Target_port_groups_are_read()
    {
        const string groups = """
            "alua_tpgs": [
              { "name": "default_tg_pt_gp", "tg_pt_gp_id": 0, "alua_access_type": 3 },
              { "name": "ao", "tg_pt_gp_id": 1, "alua_access_type": 3, "alua_access_state": 2, "alua_support_unavailable": 0, "alua_support_offline": 0,
                "alua_support_lba_dependent": 0, "alua_support_transitioning": 0, "implicit_trans_secs": 60, "preferred": 1 } ],
            """;
        await using LogicalUnit unit = await OpenAsync();
        string text = Saved.Replace("\"config\":", groups + "\"config\":", StringComparison.Ordinal)
            .Replace("\"default_tg_pt_gp\" } ]", "\"ao\" } ]", StringComparison.Ordinal);

        TargetConfiguration configuration = TargetsFile.Parse(text).ToConfiguration(name => name == "disk1" ? unit : null);

        var expected = new TargetPortGroup
        {
            Id = 1,
            State = AsymmetricAccessState.Standby,
            SupportedStates = 0x07,
            IsPreferred = true,
            IsImplicit = true,
            IsExplicit = true,
            ImplicitTransitionSeconds = 60,
            Ports = [],
        };
        Assert.Equal(expected, Assert.Single(configuration.Nodes[0].PortalGroups[0].Luns).AccessGroup);
        Assert.Equal(expected, Assert.Single(configuration.Nodes[0].PortalGroups[0].Initiators[0].Luns!).AccessGroup);
    }

    [Fact]
    public void Text_that_is_no_JSON_is_refused() => Assert.Throws<TargetsException>(() => TargetsFile.Parse("targets: []"));

    private static async Task<LogicalUnit> OpenAsync() => await Task.FromResult(TcmuRunner.TestKit.Scsi.TestUnit.OpenMemory());
}
