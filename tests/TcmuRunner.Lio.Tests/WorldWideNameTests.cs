// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Lio.Tests;

public sealed class WorldWideNameTests
{
    [Theory]
    [InlineData("iqn.2003-01.org.linux-iscsi.host.x8664:sn.0123456789ab", "iqn.2003-01.org.linux-iscsi.host.x8664:sn.0123456789ab")]
    [InlineData(" IQN.2003-01.ORG.Example:T1 ", "iqn.2003-01.org.example:t1")]
    [InlineData("naa.5001405012345678", "naa.5001405012345678")]
    [InlineData("50:01:40:50:12:34:56:78", "naa.5001405012345678")]
    [InlineData("0x5001405012345678", "naa.5001405012345678")]
    [InlineData("naa.60014050123456789abcdef012345678", "naa.60014050123456789abcdef012345678")]
    [InlineData("eui.001405a1b2c3d4e5", "eui.001405a1b2c3d4e5")]
    public void A_name_is_written_in_one_form(string given, string expected) =>
        Assert.Equal(expected, WorldWideName.Normalize(given, WorldWideNameKind.Iqn, WorldWideNameKind.Naa, WorldWideNameKind.Eui).Name);

    [Theory]
    [InlineData("")]
    [InlineData("iqn.2003-13.org.example:t1")]
    [InlineData("iqn.2003-01.")]
    [InlineData("iqn.2003-01.org.example:a b")]
    [InlineData("iqn.2003-01.org.example:a_b")]
    [InlineData("iqn.2003-01.org.example:../x")]
    [InlineData("naa.500140501234567")]
    [InlineData("naa.3001405012345678")]
    [InlineData("naa.50014050123456zz")]
    [InlineData("example.org")]
    public void A_name_of_no_known_kind_is_refused_with_an_example(string given)
    {
        LioException exception = Assert.Throws<LioException>(() => WorldWideName.Normalize(given, WorldWideNameKind.Iqn, WorldWideNameKind.Naa));

        Assert.Equal(LioErrorKind.Invalid, exception.Kind);
        Assert.Contains("iqn.2003-01.org.example:disk1", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_iqn_has_at_most_223_bytes()
    {
        string longest = "iqn.2003-01.org.example:".PadRight(223, 'a');

        Assert.Equal(longest, WorldWideName.Normalize(longest, WorldWideNameKind.Iqn).Name);
        Assert.Throws<LioException>(() => WorldWideName.Normalize(longest + "a", WorldWideNameKind.Iqn));
    }

    [Theory]
    [InlineData(WorldWideNameKind.Iqn)]
    [InlineData(WorldWideNameKind.Naa)]
    [InlineData(WorldWideNameKind.Eui)]
    [InlineData(WorldWideNameKind.InfiniBand)]
    [InlineData(WorldWideNameKind.Free)]
    public void A_generated_name_is_valid_and_new(WorldWideNameKind kind)
    {
        string name = WorldWideName.Generate(kind);

        Assert.Equal((name, kind), WorldWideName.Normalize(name, kind));
        Assert.NotEqual(name, WorldWideName.Generate(kind));
    }

    [Theory]
    [InlineData("qla2xxx", "naa.2100001b32012345", "21:00:00:1b:32:01:23:45")]
    [InlineData("srpt", "ib.fe800000000000000002c903000e8acd", "0xfe800000000000000002c903000e8acd")]
    [InlineData("sbp", "eui.00115400ad00bac8", "00115400ad00bac8")]
    [InlineData("iscsi", "iqn.2003-01.org.example:t1", "iqn.2003-01.org.example:t1")]
    public void The_kernel_spells_names_its_own_way(string fabric, string name, string kernelName)
    {
        FabricDescription description = FabricDescription.All.Single(candidate => candidate.Name == fabric);

        Assert.Equal(kernelName, description.ToKernel(name));
        Assert.Equal(name, description.FromKernel(kernelName));
    }
}
