// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Lio.Saving;

namespace TcmuRunner.Lio;

/// <summary>The steps from the configuration that is to one that shall be. Looking at it changes nothing.</summary>
public sealed class ConfigurationPlan
{
    private readonly Root _root;

    internal ConfigurationPlan(Root root, IReadOnlyList<ConfigurationChange> changes) => (_root, Changes) = (root, changes);

    /// <summary>The steps in the order in which they are taken; none when everything is as it shall be.</summary>
    public IReadOnlyList<ConfigurationChange> Changes { get; }

    /// <summary>Takes the steps. One that fails does not keep the others from being taken.</summary>
    /// <param name="progress">Told of each step before it is taken; null for nobody.</param>
    /// <returns>What could not be done, a sentence each; none when all was done.</returns>
    /// <exception cref="LioException"><see cref="LioErrorKind.NotPermitted"/>: the caller is not root, and nothing was done.</exception>
    public IReadOnlyList<string> Apply(IProgress<ConfigurationChange>? progress = null)
    {
        var context = new PlanContext(_root);
        foreach (ConfigurationChange change in Changes)
        {
            progress?.Report(change);
            try
            {
                change.Run(context);
            }
            catch (LioException exception) when (exception.Kind != LioErrorKind.NotPermitted)
            {
                context.Report(exception.Message);
            }
        }

        return context.Problems;
    }

    /// <summary>The diff, a line for each step.</summary>
    public override string ToString() => string.Join('\n', Changes);
}
