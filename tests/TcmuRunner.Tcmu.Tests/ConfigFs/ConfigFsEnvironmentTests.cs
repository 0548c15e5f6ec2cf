// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Scsi;
using TcmuRunner.Tcmu.ConfigFs;

namespace TcmuRunner.Tcmu.Tests.ConfigFs;

public sealed class ConfigFsEnvironmentTests : IDisposable
{
    private const string Device = "target/core/user_0/d1";
    private const string Group = Device + "/alua/ao";
    private const string Wwn = "iqn.2003-01.org.example:t1";

    private readonly TemporaryTree _tree = new();
    private readonly ConfigFsEnvironment _environment;

    public ConfigFsEnvironmentTests()
    {
        var files = new AttributeFiles();
        var attributes = new DeviceAttributes(files, _tree.Paths, new UioName(0, "d1", "file//a"));
        _environment = new ConfigFsEnvironment(files, _tree.Paths, attributes);
        WriteGroup(Group, id: 1, state: 0, "Implicit", $"iSCSI/{Wwn}/tpgt_1/lun_3\n\0");
        WriteGroup(Device + "/alua/default_tg_pt_gp", id: 0, state: 0, "Implicit and Explicit", "");
        WritePort("iscsi", Wwn, 1, 3, index: 17, enabled: "1");
    }

    public void Dispose() => _tree.Dispose();

    [Theory]
    [InlineData("T10 VPD Unit Serial Number: 9c6d0a3e-1f\n", "9c6d0a3e-1f")]
    [InlineData("T10 VPD Unit Serial Number: \n", null)]
    public void The_serial_number_stands_behind_its_label(string text, string? expected)
    {
        _tree.Write($"{Device}/wwn/vpd_unit_serial", text);

        Assert.Equal(expected, _environment.UnitSerialNumber);
    }

    [Fact]
    public void A_serial_number_of_the_longest_length_is_whole()
    {
        string serial = new('7', 254);
        _tree.Write($"{Device}/wwn/vpd_unit_serial", $"T10 VPD Unit Serial Number: {serial}\n");

        Assert.Equal(serial, _environment.UnitSerialNumber);
    }

    [Fact]
    public void A_serial_number_that_changes_is_seen()
    {
        _tree.Write($"{Device}/wwn/vpd_unit_serial", "T10 VPD Unit Serial Number: a\n");
        _ = _environment.UnitSerialNumber;
        _tree.Write($"{Device}/wwn/vpd_unit_serial", "T10 VPD Unit Serial Number: b\n");

        Assert.Equal("b", _environment.UnitSerialNumber);
    }

    [Fact]
    public void After_closing_configfs_is_not_read_any_more()
    {
        _tree.Write($"{Device}/wwn/vpd_unit_serial", "T10 VPD Unit Serial Number: a\n");
        _ = _environment.UnitSerialNumber;
        int groups = _environment.TargetPortGroups!.Read()!.Count;
        Directory.Delete(_tree.PathOf(Device), recursive: true);

        _environment.Close();

        Assert.Equal("a", _environment.UnitSerialNumber);
        Assert.Equal(groups, _environment.TargetPortGroups!.Read()!.Count);
        Assert.False(_environment.TargetPortGroups!.TrySetState(1, AsymmetricAccessState.Standby, isExplicit: true));
    }

    [Fact]
    public void A_group_is_read_with_its_port_and_the_default_group_is_left_out()
    {
        TargetPortGroup group = Assert.Single(_environment.TargetPortGroups!.Read()!);

        Assert.Equal(1, group.Id);
        Assert.Equal(AsymmetricAccessState.ActiveOptimized, group.State);
        Assert.Equal(0xDF, group.SupportedStates);
        Assert.Equal(2, group.StatusCode);
        Assert.True(group.IsPreferred);
        Assert.True(group.IsImplicit);
        Assert.False(group.IsExplicit);
        Assert.Equal(9, group.ImplicitTransitionSeconds);
        Assert.Equal(new TargetPort(17, 5, Wwn, 1, IsEnabled: true), Assert.Single(group.Ports));
    }

    [Theory]
    [InlineData("None", false, false)]
    [InlineData("Implicit", true, false)]
    [InlineData("Explicit", false, true)]
    [InlineData("Implicit and Explicit", true, true)]
    public void Every_access_type_is_understood(string type, bool isImplicit, bool isExplicit)
    {
        _tree.Write($"{Group}/alua_access_type", type + "\n");

        TargetPortGroup group = Assert.Single(_environment.TargetPortGroups!.Read()!);

        Assert.Equal((isImplicit, isExplicit), (group.IsImplicit, group.IsExplicit));
    }

    [Fact]
    public void Several_members_are_separated_by_newline_and_nul()
    {
        WritePort("loopback", "naa.5001", 2, 0, index: 4, enabled: null);
        _tree.Write(
            $"{Group}/members",
            $"iSCSI/{Wwn}/tpgt_1/lun_3\n\0loopback/naa.5001/tpgt_2/lun_0\n\0iSCSI/gone/tpgt_1/lun_0\n\0x/y\n\0");

        TargetPortGroup group = Assert.Single(_environment.TargetPortGroups!.Read()!);

        Assert.Equal([17, 4], group.Ports.Select(port => (int)port.RelativePortId));
        Assert.True(group.Ports[1].IsEnabled);
    }

    [Fact]
    public void Without_an_enabled_port_there_are_no_groups()
    {
        WritePort("iscsi", Wwn, 1, 3, index: 17, enabled: "0");

        Assert.Empty(_environment.TargetPortGroups!.Read()!);
    }

    [Fact]
    public void A_group_that_cannot_be_read_makes_the_answer_unknown()
    {
        _tree.Write($"{Group}/tg_pt_gp_id", "one\n");

        Assert.Null(_environment.TargetPortGroups!.Read());
    }

    [Theory]
    [InlineData(true, "1")]
    [InlineData(false, "2")]
    public void A_new_state_is_written_with_its_cause(bool isExplicit, string cause)
    {
        Assert.True(_environment.TargetPortGroups!.TrySetState(1, AsymmetricAccessState.Standby, isExplicit));

        Assert.StartsWith("2", _tree.Read($"{Group}/alua_access_state"), StringComparison.Ordinal);
        Assert.StartsWith(cause, _tree.Read($"{Group}/alua_access_status"), StringComparison.Ordinal);
        Assert.False(_environment.TargetPortGroups!.TrySetState(7, AsymmetricAccessState.Standby, isExplicit));
    }

    private void WriteGroup(string group, int id, int state, string type, string members)
    {
        string[] states =
            ["active_optimized", "active_nonoptimized", "standby", "unavailable", "lba_dependent", "offline", "transitioning"];
        foreach (string name in states)
        {
            _tree.Write($"{group}/alua_support_{name}", "1\n");
        }

        _tree.Write($"{group}/tg_pt_gp_id", $"{id}\n");
        _tree.Write($"{group}/alua_access_state", $"{state}\n");
        _tree.Write($"{group}/alua_access_status", "Altered by Implicit ALUA\n");
        _tree.Write($"{group}/alua_access_type", type + "\n");
        _tree.Write($"{group}/preferred", "1\n");
        _tree.Write($"{group}/implicit_trans_secs", "9\n");
        _tree.Write($"{group}/members", members);
    }

    private void WritePort(string fabric, string wwn, int portalGroup, int lun, int index, string? enabled)
    {
        string directory = $"target/{fabric}/{wwn}/tpgt_{portalGroup}";
        _tree.Write($"{directory}/lun/lun_{lun}/statistics/scsi_port/indx", $"{index}\n");
        _tree.Write($"{directory}/lun/lun_{lun}/statistics/scsi_transport/proto_id", "5\n");
        if (enabled is not null)
        {
            _tree.Write($"{directory}/enable", enabled + "\n");
        }
    }
}
