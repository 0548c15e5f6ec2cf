// SPDX-License-Identifier: Apache-2.0
using FsCheck;
using FsCheck.Fluent;
using TcmuRunner.Tcmu.ConfigFs;

namespace TcmuRunner.Tcmu.Tests.ConfigFs;

public sealed class UioNameTests
{
    [Theory]
    [InlineData("tcm-user/0/d1/file//srv/a.img", 0u, "d1", "file//srv/a.img", "file")]
    [InlineData("tcm-user/12/d/file//a;direct\n", 12u, "d", "file//a;direct", "file")]
    [InlineData("tcm-user/0/d,1/rbd/pool/a b,c", 0u, "d,1", "rbd/pool/a b,c", "rbd")]
    [InlineData("tcm-user/0/d1", 0u, "d1", "", "")]
    [InlineData("tcm-user/0/d1/", 0u, "d1", "", "")]
    [InlineData("tcm-user/0/d1/memory", 0u, "d1", "memory", "memory")]
    public void The_configuration_is_everything_behind_the_third_slash(
        string text, uint hba, string device, string configuration, string subtype)
    {
        Assert.True(UioName.TryParse(text, out UioName? name, out _));
        Assert.Equal(new UioName(hba, device, configuration), name);
        Assert.Equal(subtype, name.Subtype);
        Assert.Equal($"user_{hba}/{device}", name.ConfigFsName);
    }

    [Theory]
    [InlineData("")]
    [InlineData("tcm-user")]
    [InlineData("tcm-user/0")]
    [InlineData("tcm-user/x/d1/file//a")]
    [InlineData("tcm-user/-1/d1/file//a")]
    [InlineData("tcm-user/0//file//a")]
    [InlineData("tcm-user/0/../file//a")]
    [InlineData("tcm-users/0/d1/file//a")]
    [InlineData("uio_pci_generic")]
    public void What_could_name_no_device_is_refused_with_a_reason(string text)
    {
        Assert.False(UioName.TryParse(text, out _, out string? reason));
        Assert.NotEmpty(reason);
    }

    [Fact]
    public void Any_name_comes_back_as_it_was() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(1000),
            Prop.ForAll((uint hba, NonEmptyString deviceText, string? configurationText) =>
            {
                string device = "d" + deviceText.Get
                    .Replace("/", "_", StringComparison.Ordinal)
                    .Replace("\0", "_", StringComparison.Ordinal);
                string configuration = (configurationText ?? string.Empty).TrimEnd('\n');
                var name = new UioName(hba, device, configuration);
                return UioName.TryParse(name + "\n", out UioName? parsed, out _) && parsed == name;
            }));

    [Fact]
    public void Any_text_is_survived() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(1000),
            Prop.ForAll((string? text) =>
                UioName.TryParse("tcm-user/" + text, out UioName? name, out string? reason) == (reason is null)
                && (name is null) != (reason is null)));
}
