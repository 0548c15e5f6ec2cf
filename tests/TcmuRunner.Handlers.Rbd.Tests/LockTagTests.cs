// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Rbd.Tests;

public sealed class LockTagTests
{
    private const string Owner = "10.0.0.1:0/123";

    /// <summary>Sheet handlers 5.5: the text that the C program writes.</summary>
    [Fact]
    public void A_tag_has_the_form_of_the_C_program() => Assert.Equal("tcmu_tag=7,rbd_client=10.0.0.1:0/123", LockTag.Format(7, Owner));

    [Theory]
    [InlineData("tcmu_tag=7,rbd_client=10.0.0.1:0/123", 7)]
    [InlineData("tcmu_tag=65535,rbd_client=10.0.0.1:0/123", 65535)]
    [InlineData("tcmu_tag=65536,rbd_client=10.0.0.1:0/123", null)]
    [InlineData("tcmu_tag=-1,rbd_client=10.0.0.1:0/123", null)]
    [InlineData("tcmu_tag=7,rbd_client=10.0.0.2:0/123", null)]
    [InlineData("tcmu_tag=7", null)]
    [InlineData(",rbd_client=10.0.0.1:0/123", null)]
    [InlineData("", null)]
    public void A_tag_counts_for_its_owner_only(string text, int? group) => Assert.Equal(group, LockTag.Parse(text, Owner));
}
